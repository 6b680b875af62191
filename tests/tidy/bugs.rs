//! The bugs that are planted to test the searches still have their places in the product.

use tests::bugs::ALL;

use super::read;

#[test]
fn each_bug_can_still_be_planted() {
    assert!(ALL.len() >= 10);
    for bug in ALL {
        let text = read(bug.file);
        let planted = bug.planted_in(&text);
        assert!(
            planted.is_some_and(|planted| planted != text),
            "{}: {}",
            bug.name,
            bug.file
        );
    }
}
