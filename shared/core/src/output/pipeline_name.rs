//! The name of a pipeline in messages. `PipelineName` is free text and may come from a pipeline variable, so it must not
//! act as markup or as a link.

use super::chat::code_span;
use super::fitted;
use crate::input::identifiers::has_only_characters_of_a_pipeline_name;

/// The maximum length of such a name in a chat, in characters.
const CHAT_AT_MOST: usize = 64;

/// Whether CodePipeline accepts it as a name: `[A-Za-z0-9.@\-_]+`. Any other text has no page in the console.
pub(super) fn is_of_codepipeline(name: &str) -> bool {
    !name.is_empty() && has_only_characters_of_a_pipeline_name(name)
}

/// The name in Markdown: free text is a code span, in which neither emphasis nor a link has an effect.
pub(super) fn in_markdown(name: &str) -> String {
    if is_of_codepipeline(name) {
        return name.to_owned();
    }
    code_span(&fitted(name.to_owned(), CHAT_AT_MOST))
}

/// The name in a mail or an SMS. A reader makes a link of a scheme (`https://`) and of a domain name (`www.example.com`), so in
/// free text the colon of the one and the dots of the other are in brackets.
pub(super) fn without_links(name: &str) -> String {
    if is_of_codepipeline(name) {
        return name.to_owned();
    }
    let mut shown = String::with_capacity(name.len());
    let mut rest = name.chars().peekable();
    while let Some(character) = rest.next() {
        let begins_label = rest.peek().is_some_and(|next| next.is_alphabetic());
        match character {
            '.' | '。' | '．' | '｡' if begins_label => shown.push_str("[.]"),
            ':' if rest.peek() == Some(&'/') => shown.push_str("[:]"),
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_is_a_code_span_in_a_chat() {
        for (name, shown) in [
            ("site_prod-1.x@y", "site_prod-1.x@y"),
            (
                "*all* [a](https://e.example)",
                "`*all* [a](https://e.example)`",
            ),
            ("a` *b*", "`a' *b*`"),
            ("", "``"),
        ] {
            assert_eq!(in_markdown(name), shown);
        }
        let long = in_markdown(&"* ".repeat(100));
        assert!(long.starts_with('`') && long.ends_with('`') && long.len() <= 66);
    }

    #[test]
    fn free_text_has_no_link_in_a_mail() {
        for (name, shown) in [
            ("www.example.com", "www.example.com"),
            ("my site v1.2", "my site v1.2"),
            ("see https://e.example/a", "see https[:]//e[.]example/a"),
            ("see www.e.example", "see www[.]e[.]example"),
            ("mail a@e.example", "mail a@e[.]example"),
            ("the end.", "the end."),
        ] {
            assert_eq!(without_links(name), shown);
        }
    }
}
