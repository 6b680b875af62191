//! Which distribution serves a domain name.
//!
//! "CloudFront sends the request to the distribution with the more specific name match"
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html>), and with `*.example.com`, "you can use
//! any domain name that ends with example.com"
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-wildcard.html>). So an exact
//! name decides, and the longest wildcard otherwise. The domain name that CloudFront assigns, such as
//! `d111111abcdef8.cloudfront.net`, is an exact name, too.

use crate::input::identifiers::Alias;

/// How similar a name must be to be suggested, from 0 to 1.
const SIMILAR: f64 = 0.8;

/// The search for a domain name in a list of distributions that is read page by page.
#[derive(Debug, Clone)]
pub struct DomainSearch {
    alias: Alias,
    exact: Option<String>,
    /// The longest wildcard that includes the domain name, and its distribution.
    wildcard: Option<(String, String)>,
    /// The most similar name, with its similarity.
    similar: Option<(f64, Alias)>,
}

impl DomainSearch {
    /// A search for this domain name.
    #[must_use]
    pub const fn new(alias: Alias) -> Self {
        Self {
            alias,
            exact: None,
            wildcard: None,
            similar: None,
        }
    }

    /// Considers a name of the distribution with this id.
    pub fn consider(&mut self, id: &str, name: &str) {
        let name = name.to_ascii_lowercase();
        let is_longer = |(longest, _): &(String, String)| name.len() > longest.len();
        if name == self.alias.as_str() {
            self.exact = Some(id.to_owned());
        } else if is_included(&self.alias, &name) {
            if self.wildcard.as_ref().is_none_or(is_longer) {
                self.wildcard = Some((name, id.to_owned()));
            }
        } else {
            self.compare(&name);
        }
    }

    fn compare(&mut self, name: &str) {
        let similarity = similarity(self.alias.as_str(), name);
        let is_closer = |(closest, _): &(f64, Alias)| similarity > *closest;
        if similarity >= SIMILAR && self.similar.as_ref().is_none_or(is_closer) {
            self.similar = Alias::parse(name).map(|name| (similarity, name));
        }
    }

    /// The id of the distribution that has exactly this name.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        self.exact.as_deref()
    }

    /// The id of the distribution whose wildcard includes the name.
    #[must_use]
    pub fn wildcard(&self) -> Option<&str> {
        self.wildcard.as_ref().map(|(_, id)| id.as_str())
    }

    /// The most similar name of a distribution, for the explanation of a failure.
    #[must_use]
    pub fn similar(&self) -> Option<&Alias> {
        self.similar.as_ref().map(|(_, name)| name)
    }
}

fn is_included(alias: &Alias, wildcard: &str) -> bool {
    let domain = wildcard
        .strip_prefix('*')
        .filter(|domain| domain.starts_with('.'));
    domain.is_some_and(|domain| alias.as_str().ends_with(domain))
}

/// From 0 to 1. A name with and without `www.` is the most frequent mistake.
fn similarity(alias: &str, name: &str) -> f64 {
    let bare = |text: &str| text.strip_prefix("www.").unwrap_or(text).to_owned();
    if bare(alias) == bare(name) {
        1.0
    } else {
        strsim::normalized_damerau_levenshtein(alias, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of the exact and of the wildcard match, and the similar name.
    fn search(alias: &str, names: &[(&str, &str)]) -> [Option<String>; 3] {
        let mut search = DomainSearch::new(Alias::parse(alias).unwrap());
        for (id, name) in names {
            search.consider(id, name);
        }
        [
            search.exact().map(str::to_owned),
            search.wildcard().map(str::to_owned),
            search.similar().map(ToString::to_string),
        ]
    }

    fn found(
        exact: Option<&str>,
        wildcard: Option<&str>,
        similar: Option<&str>,
    ) -> [Option<String>; 3] {
        [exact, wildcard, similar].map(|it| it.map(str::to_owned))
    }

    #[test]
    fn the_most_specific_name_decides() {
        let names = [
            ("E1", "*.example.com"),
            ("E2", "*.shop.example.com"),
            ("E3", "WWW.shop.example.com"),
            ("E4", "d111111abcdef8.cloudfront.net"),
            ("E1", "*.com"),
        ];
        for (alias, expected) in [
            ("www.shop.example.com", found(Some("E3"), Some("E2"), None)),
            ("a.shop.example.com", found(None, Some("E2"), None)),
            ("a.b.example.com", found(None, Some("E1"), None)),
            ("*.example.com", found(Some("E1"), Some("E1"), None)),
            ("other.com", found(None, Some("E1"), None)),
            (
                "d111111abcdef8.cloudfront.net",
                found(Some("E4"), None, None),
            ),
            ("other.example.org", found(None, None, None)),
        ] {
            let [exact, wildcard, _] = search(alias, &names);
            assert_eq!([exact, wildcard], expected[..2], "{alias}");
        }
    }

    #[test]
    fn a_wildcard_does_not_include_its_own_domain() {
        let names = [("E1", "*.example.com"), ("E2", "*example.com"), ("E3", "*")];
        assert_eq!(search("example.com", &names)[..2], [None, None]);
        assert_eq!(search("my-example.com", &names)[..2], [None, None]);
    }

    #[test]
    fn a_similar_name_is_suggested_if_it_is_one() {
        for (alias, name, is_similar) in [
            ("www.example.cm", "www.example.com", true),
            ("www.example.com", "example.com", true),
            ("example.co.jp", "www.example.co.jp", true),
            ("www.example.com", "api.other.org", false),
            ("www.example.com", "www.example .com", false),
        ] {
            let expected = is_similar.then(|| name.to_owned());
            assert_eq!(search(alias, &[("E1", name)])[2], expected, "{alias}");
        }
        let names = [("E1", "www.example.net"), ("E2", "example.com")];
        assert_eq!(
            search("www.example.com", &names)[2].as_deref(),
            Some("example.com")
        );
    }
}
