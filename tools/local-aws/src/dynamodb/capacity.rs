//! The on-demand write capacity that the writes to a table consume.

use std::collections::BTreeMap;

use super::table::{Projection, Stored};
use super::value::{Item, Value, size};

/// "One write request unit represents one write … for an item up to 1 KB in size"
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>).
const WRITE_UNIT_BYTES: usize = 1_024;

/// Consumed write units. Writes with a failed condition are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteUnits {
    /// Of the table itself.
    pub table: u64,
    /// Of its indexes.
    pub indexes: u64,
}

/// The units of all writes to this table.
pub(super) fn used(table: &Stored) -> WriteUnits {
    let mut used = WriteUnits::default();
    let mut items = BTreeMap::<&Value, &Item>::new();
    for (key, new) in table.history() {
        let old = items.get(key).copied();
        used.table += in_table(old, new.as_ref());
        let of_indexes = table.schema.indexes.iter().map(|index| {
            let entry = |item: &Item| -> Option<Item> {
                let names: Vec<&str> = index.keys().map(|key| key.name.as_str()).collect();
                let is_in = names.iter().all(|name| item.contains_key(*name));
                let is_projected =
                    |name: &str| index.projection == Projection::All || names.contains(&name);
                is_in.then(|| {
                    let projected = item.iter().filter(|(name, _)| is_projected(name));
                    projected
                        .map(|(name, value)| (name.clone(), value.clone()))
                        .collect()
                })
            };
            in_index(
                old.and_then(entry).as_ref(),
                new.as_ref().and_then(entry).as_ref(),
            )
        });
        used.indexes += of_indexes.sum::<u64>();
        match new {
            Some(item) => items.insert(key, item),
            None => items.remove(key),
        };
    }
    used
}

fn units(item: &Item) -> u64 {
    size(item).div_ceil(WRITE_UNIT_BYTES).max(1) as u64
}

/// "DynamoDB considers the size of the item as it appears before and after the update. The … throughput consumed reflects the
/// larger of these item sizes"
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>).
fn in_table(old: Option<&Item>, new: Option<&Item>) -> u64 {
    old.map_or(1, units).max(new.map_or(1, units))
}

/// "If an update to the table changes the value of an indexed key attribute (from A to B), two writes are required, one
/// to delete the previous item from the index and another write to put the new item into the index." One write if the
/// item is only added or removed, and "if an item is not present in the index before or after the item is updated,
/// there is no additional write cost for the index"
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html>).
fn in_index(old: Option<&Item>, new: Option<&Item>) -> u64 {
    if old == new {
        return 0;
    }
    old.map_or(0, units) + new.map_or(0, units)
}

#[cfg(test)]
mod tests {
    use super::super::table::{Index, Key, Table};
    use super::*;

    fn table() -> Stored {
        Stored::new(Table {
            name: "t".into(),
            hash_key: Key::text("id"),
            indexes: vec![Index {
                name: "due".into(),
                hash_key: Key::text("shard"),
                range_key: Some(Key::text("at")),
                projection: Projection::KeysOnly,
            }],
        })
    }

    fn item(at: Option<&str>, bytes: usize) -> Item {
        let text = |text: &str| Value::S(text.to_owned());
        let mut item = Item::from([
            ("id".into(), text("a")),
            ("text".into(), text(&"x".repeat(bytes))),
        ]);
        if let Some(at) = at {
            item.extend([("shard".into(), text("0")), ("at".into(), text(at))]);
        }
        item
    }

    fn used_by(writes: &[Option<Item>]) -> WriteUnits {
        let mut table = table();
        for write in writes {
            table.write(0, Value::S("a".into()), write.clone());
        }
        used(&table)
    }

    #[test]
    fn a_write_costs_its_larger_size_and_what_changes_in_the_index() {
        let units = |table, indexes| WriteUnits { table, indexes };
        assert_eq!(used_by(&[]), units(0, 0));
        assert_eq!(used_by(&[Some(item(None, 10))]), units(1, 0));
        let (small, large) = (Some(item(Some("1"), 10)), Some(item(Some("1"), 1_500)));
        assert_eq!(used_by(std::slice::from_ref(&small)), units(1, 1));
        assert_eq!(used_by(&[small.clone(), large.clone()]), units(3, 1));
        assert_eq!(
            used_by(&[large, small.clone(), Some(item(Some("2"), 10))]),
            units(5, 3)
        );
        assert_eq!(used_by(&[small.clone(), Some(item(None, 10))]), units(2, 2));
        assert_eq!(used_by(&[small, None]), units(2, 2));
    }
}
