//! Long lists of paths in an item, compressed: see `invalidation_core::model::packed_paths`.
//!
//! Each distinct list is packed once, into the attribute `packed_paths`. In a target, `paths` is then the number of its list.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use invalidation_core::input::paths::InvalidationPath;
use invalidation_core::model::execution_record::Target;
use invalidation_core::model::packed_paths::{is_packed, pack, unpack};

/// The attribute with the lists.
const PACKED_PATHS: &str = "packed_paths";
const TARGETS: &str = "targets";
const PATHS: &str = "paths";

/// Packs the lists of these targets in their item, if they are long.
pub(super) fn packed(mut item: Item, targets: &[Target]) -> Item {
    let all: Vec<&[InvalidationPath]> = targets
        .iter()
        .map(|target| target.paths.as_slice())
        .collect();
    if !is_packed(&all) {
        return item;
    }
    let mut lists: Vec<&[InvalidationPath]> = Vec::new();
    let mut places = Vec::with_capacity(all.len());
    for list in all {
        let known = lists.iter().position(|known| *known == list);
        places.push(known.unwrap_or(lists.len()));
        if known.is_none() {
            lists.push(list);
        }
    }
    if let Some(AttributeValue::L(stored)) = item.get_mut(TARGETS) {
        for (target, place) in stored.iter_mut().zip(places) {
            if let AttributeValue::M(target) = target {
                target.insert(PATHS.to_owned(), AttributeValue::N(place.to_string()));
            }
        }
    }
    let lists = AttributeValue::B(Blob::new(pack(&lists)));
    item.insert(PACKED_PATHS.to_owned(), lists);
    item
}

/// The item with its lists of paths; `None` if they cannot be unpacked.
pub(super) fn unpacked(mut item: Item) -> Option<Item> {
    let Some(packed) = item.remove(PACKED_PATHS) else {
        return Some(item);
    };
    let lists = unpack(packed.as_b().ok()?.as_ref())?;
    let AttributeValue::L(targets) = item.get_mut(TARGETS)? else {
        return None;
    };
    for target in targets {
        let AttributeValue::M(target) = target else {
            return None;
        };
        let place: usize = target.get(PATHS)?.as_n().ok()?.parse().ok()?;
        let paths = lists.get(place)?.iter().cloned().map(AttributeValue::S);
        target.insert(PATHS.to_owned(), AttributeValue::L(paths.collect()));
    }
    Some(item)
}
