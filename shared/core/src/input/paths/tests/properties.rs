//! Properties of any list.

use proptest::prelude::*;

use super::super::*;

/// A cached file: its address, and its tags from the origin.
#[derive(Debug)]
struct Cached {
    address: String,
    tags: Vec<String>,
}

/// Whether an item invalidates a cached file, by AWS's definitions and in the simplest implementation.
fn invalidates(item: &str, cached: &Cached) -> bool {
    match item.strip_prefix('#') {
        Some(tag) => cached
            .tags
            .iter()
            .any(|own| own.to_lowercase() == tag.to_lowercase()),
        None => item == "/*" || matches(item.as_bytes(), cached.address.as_bytes()),
    }
}

/// "The *, which replaces 0 or more characters"; but it does not count as replacing none, except in `/*`.
fn matches(pattern: &[u8], address: &[u8]) -> bool {
    match (pattern, address) {
        ([], []) => true,
        ([b'*', rest @ ..], [_, others @ ..]) => matches(rest, others) || matches(pattern, others),
        ([one, rest @ ..], [other, others @ ..]) => one == other && matches(rest, others),
        _ => false,
    }
}

/// Few characters, so that items often have a common beginning: plain, unsafe and multibyte ones, and codes of them.
fn path() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "b", "/", ".", "?x=", "é", "è", "日", "本", "%", "[", " a", "%C3%A9", "%c3%a8", "%41",
        "%25", "..", "'", "%27",
    ]);
    let pieces = prop::collection::vec(piece, 0..6);
    (pieces, any::<bool>()).prop_map(|(pieces, is_wildcard)| {
        format!("/{}{}", pieces.concat(), if is_wildcard { "*" } else { "" })
    })
}

fn item() -> impl Strategy<Value = String> {
    prop_oneof![6 => path(), 1 => "#[abAB]{1,2}"]
}

fn items(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(item(), 1..most)
}

/// Files and directories of a deployment, including the directories themselves.
fn files() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(
        "/((docs/|img/|img/icons/)?[a-c]{1,3}(\\.html|\\.png|\\*)?|(docs|img|img/icons)(/|/\\*)?)",
        1..60,
    )
}

/// What a sent item may be intended to invalidate: itself or, for a wildcard, files with its beginning.
fn reached(sent: &InvalidationPath) -> Vec<Cached> {
    let cached = |address: &str, tags: &[&str]| Cached {
        address: address.to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    };
    match sent.as_str().strip_prefix('#') {
        Some(tag) => vec![
            cached("/anywhere", &[tag]),
            cached("/", &["other", &tag.to_uppercase()]),
        ],
        None => match sent.as_str().strip_suffix('*') {
            Some(beginning) => ["a", "/b", "?x=1", "%A9"]
                .map(|end| cached(&format!("{beginning}{end}"), &[]))
                .into(),
            None => vec![cached(sent.as_str(), &[])],
        },
    }
}

/// What each item is sent as; none if one of them is rejected.
fn each(items: &[String]) -> Option<Vec<InvalidationPath>> {
    let one = |item: &String| {
        let batch = Batch::read(std::slice::from_ref(item), None).ok()?;
        batch.paths.into_iter().next()
    };
    items.iter().map(one).collect()
}

/// Items that CloudFront would interpret literally or reject. The `*` of a glob replaces some text.
fn wrong() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "/**/*",
        "/a**",
        "/a/**/*.b",
        "/a/b/*/c",
        "/*.html",
        "/a/%2A",
        "/~a/b",
        "/a/é/~b",
        "/b/*/%2a",
    ])
    .prop_map(str::to_owned)
}

/// A separator between several paths in one item.
fn separator() -> impl Strategy<Value = String> {
    "( |,|;|\t|\n|\r\n|, |; |\u{a0}|\u{3000}| , |', '|\",\")"
}

fn assert_sound(given: &[InvalidationPath], batch: &Batch) {
    for cached in given.iter().flat_map(reached) {
        let is_reached = batch
            .paths
            .iter()
            .any(|sent| invalidates(sent.as_str(), &cached));
        assert!(is_reached, "{cached:?} is not reached by {:?}", batch.paths);
    }
}

/// No item occurs twice, and none is covered by another.
fn assert_lean(batch: &Batch) {
    for (place, one) in batch.paths.iter().enumerate() {
        for other in batch.paths.iter().skip(place + 1) {
            assert!(!one.covers(other) && !other.covers(one), "{one} {other}");
        }
    }
}

fn assert_merged(items: &[String], at_most: usize) {
    let Some(given) = each(items) else {
        return;
    };
    let batch =
        Batch::read(items, Some(at_most)).expect("each item is right, and wildcards are merged");
    assert!(
        (1..=at_most).contains(&batch.paths.len()),
        "{:?}",
        batch.paths
    );
    let wildcards = batch.paths.iter().filter(|path| path.is_wildcard());
    assert!(wildcards.count() <= WILDCARDS_AT_MOST);
    assert_sound(&given, &batch);
    assert_lean(&batch);
    let again: Vec<String> = batch.paths.iter().map(ToString::to_string).collect();
    assert_eq!(
        Batch::read(&again, Some(at_most)).unwrap().paths,
        batch.paths
    );
    for sent in &batch.paths {
        assert_eq!(
            InvalidationPath::parse(sent.as_str()).as_ref(),
            Ok(sent),
            "it can be stored"
        );
    }
    if given.iter().all(|given| is_whole(given.as_str())) {
        let mut sent = batch.paths.iter();
        assert!(
            sent.all(|sent| is_whole(sent.as_str())),
            "{:?} has half a character",
            batch.paths
        );
    }
}

/// Whether the codes in an item are those of complete characters.
fn is_whole(sent: &str) -> bool {
    let mut bytes = Vec::new();
    let mut rest = sent;
    while let Some(byte) = rest.bytes().next() {
        let code = rest
            .strip_prefix('%')
            .map(|rest| u8::from_str_radix(rest.get(..2).unwrap_or("*"), 16));
        rest = &rest[code.as_ref().map_or(1, |_| 3.min(rest.len()))..];
        match code.unwrap_or(Ok(byte)) {
            Ok(byte) => bytes.push(byte),
            Err(_) => return false,
        }
    }
    String::from_utf8(bytes).is_ok()
}

proptest! {
    #[test]
    fn whatever_an_item_reaches_is_reached(items in items(12)) {
        if let (Some(given), Ok(batch)) = (each(&items), Batch::read(&items, None)) {
            assert_sound(&given, &batch);
            assert_lean(&batch);
        }
    }

    /// The remaining items are given items, in their order.
    #[test]
    fn without_a_limit_nothing_is_added(items in items(12)) {
        if let (Some(given), Ok(batch)) = (each(&items), Batch::read(&items, None)) {
            let mut left = given.iter();
            prop_assert!(batch.paths.iter().all(|sent| left.any(|given| given == sent)));
            let is_merged = batch.notes.iter().any(|note| matches!(note, Note::Merged { .. }));
            prop_assert!(!is_merged);
        }
    }

    #[test]
    fn what_is_sent_would_be_sent_again_without_a_remark_on_encoding(items in items(12)) {
        if let Ok(batch) = Batch::read(&items, None) {
            let sent: Vec<String> = batch.paths.iter().map(ToString::to_string).collect();
            let again = Batch::read(&sent, None).unwrap();
            prop_assert_eq!(&again.paths, &batch.paths);
            let is_encoded = |note: &Note| matches!(note, Note::Items { remark: Remark::Encoded, .. });
            prop_assert!(!again.notes.iter().any(is_encoded));
        }
    }

    /// An invalid item is left out only if every possible meaning is covered.
    #[test]
    fn what_a_wrong_item_can_mean_is_reached(items in items(6), wrong in wrong(), at_most in 1_usize..4) {
        let all: Vec<String> = items.iter().cloned().chain([wrong.clone()]).collect();
        for at_most in [None, Some(at_most)] {
            if let Ok(batch) = Batch::read(&all, at_most) {
                for end in ["x", "/y.html", "é"] {
                    let address = encoding::encoded(&wrong.to_lowercase().replace(['*', '~'], end).replace("%2a", end));
                    let cached = Cached { address, tags: Vec::new() };
                    let is_reached = batch.paths.iter().any(|sent| invalidates(sent.as_str(), &cached));
                    prop_assert!(is_reached, "{cached:?} is not reached by {:?}", batch.paths);
                }
                let is_left_out = |note: &Note| matches!(note, Note::Items { remark: Remark::LeftOut, .. });
                prop_assert!(batch.notes.iter().any(is_left_out));
            }
        }
    }

    /// Encoded, a list in one item would be one path, which CloudFront accepts without effect.
    #[test]
    fn several_in_one_item_are_rejected(one in item(), other in item(), between in separator(), end in "[,;]?") {
        let list = format!("{one}{between}{other}{end}");
        let read = Batch::read(&[list], None);
        prop_assert_eq!(read, Err(BatchFault::Items(vec![(1, PathFault::Several)])));
    }

    #[test]
    fn merged_items_reach_the_same_and_keep_the_bounds(items in items(40), at_most in 1_usize..20) {
        assert_merged(&items, at_most);
    }

    #[test]
    fn a_deploys_files_are_merged_within_the_bounds(items in files(), at_most in 1_usize..30) {
        assert_merged(&items, at_most);
    }

    /// The order of the given items changes only the order of the sent items.
    #[test]
    fn the_order_decides_only_the_order(items in files(), at_most in 1_usize..30) {
        let sorted = |items: &[String]| {
            let mut paths = Batch::read(items, Some(at_most)).unwrap().paths;
            paths.sort();
            paths
        };
        let backwards: Vec<String> = items.iter().rev().cloned().collect();
        prop_assert_eq!(sorted(&items), sorted(&backwards));
    }

    #[test]
    fn any_text_is_sent_or_rejected_without_being_quoted(text: String, at_most in 1_usize..4) {
        let marked = [format!("SECRET{text}"), format!("/SECRET{text}"), format!("#SECRET{text}"), text];
        for item in &marked {
            match Batch::read(std::slice::from_ref(item), Some(at_most)) {
                Ok(batch) => {
                    prop_assert!(batch.paths.iter().all(|sent| sent.as_str().is_ascii()));
                    prop_assert!(batch.paths.iter().all(|sent| sent.is_tag() || !sent.as_str().contains('\'')));
                    for note in &batch.notes {
                        prop_assert!(!crate::output::path_notes::text(note).contains("SECRET"));
                    }
                }
                Err(fault) => prop_assert!(!fault.to_string().contains("SECRET")),
            }
        }
    }
}
