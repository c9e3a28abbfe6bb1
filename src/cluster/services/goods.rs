//! What the shop sells: known to the catalog, to pricing and to the inventory, as it would be
//! after each of them had imported the same price list.

use crate::cluster::proto::shop::catalog::v1::Category;
use crate::cluster::proto::shop::types::v1::{Item, Money};

/// The shop's only currency.
pub(super) const CURRENCY: &str = "EUR";

/// One product.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) sku: &'static str,
    pub(super) title: &'static str,
    pub(super) cents: i64,
    pub(super) category: Category,
    /// Seconds since the Unix epoch.
    pub(super) added_at: i64,
    pub(super) attributes: &'static [(&'static str, &'static str)],
    /// How many the shop has when the inventory starts.
    pub(super) stock: u32,
}

/// In the order of their skus.
pub(super) const GOODS: [Good; 6] = [
    Good {
        sku: "sku-0007",
        title: "Pencil, soft",
        cents: 190,
        category: Category::Desk,
        added_at: 1_767_254_400,
        attributes: &[("colour", "green"), ("hardness", "4B")],
        stock: 100_000,
    },
    Good {
        sku: "sku-0404",
        title: "Fountain pen (sold out)",
        cents: 8_900,
        category: Category::Desk,
        added_at: 1_769_932_800,
        attributes: &[("colour", "black"), ("nib", "M")],
        stock: 0,
    },
    Good {
        sku: "sku-1042",
        title: "Cup, stoneware",
        cents: 1_450,
        category: Category::Kitchen,
        added_at: 1_772_355_600,
        attributes: &[("colour", "red"), ("weight", "310 g")],
        stock: 100_000,
    },
    Good {
        sku: "sku-1043",
        title: "Kettle, 1.2 l",
        cents: 4_995,
        category: Category::Kitchen,
        added_at: 1_772_355_600,
        attributes: &[("colour", "steel"), ("volume", "1.2 l")],
        stock: 100_000,
    },
    Good {
        sku: "sku-2001",
        title: "Desk lamp",
        cents: 7_900,
        category: Category::Light,
        added_at: 1_775_030_400,
        attributes: &[("colour", "white"), ("socket", "E27")],
        stock: 100_000,
    },
    Good {
        sku: "sku-2002",
        title: "Lamp post for collectors",
        cents: 9_007_199_254_740_993,
        category: Category::Light,
        added_at: 1_775_030_400,
        attributes: &[("colour", "grey"), ("note", "a price above 2^53")],
        stock: 3,
    },
];

/// The product of this sku.
pub(super) fn good(sku: &str) -> Option<&'static Good> {
    GOODS.iter().find(|good| good.sku == sku)
}

/// An amount in the shop's currency.
pub(super) fn money(cents: i64) -> Money {
    Money { currency_code: CURRENCY.to_owned(), cents }
}

/// The most positions that one basket, quote or order takes.
const MAX_ITEMS: usize = 100;
/// The most pieces of one position.
const MAX_QUANTITY: u32 = 1_000;

/// What is wrong with these items, in words for the caller; `None` when nothing is.
pub(super) fn objection(items: &[Item]) -> Option<String> {
    if items.is_empty() {
        return Some("items: at least one is needed".to_owned());
    }
    if items.len() > MAX_ITEMS {
        return Some(format!("items: {} are more than {MAX_ITEMS}", items.len()));
    }
    items.iter().enumerate().find_map(|(idx, item)| {
        if item.sku.is_empty() {
            Some(format!("items[{idx}].sku: is needed"))
        } else if item.quantity == 0 || item.quantity > MAX_QUANTITY {
            Some(format!("items[{idx}].quantity: {} is not 1 to {MAX_QUANTITY}", item.quantity))
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objections_name_the_field() {
        let item = |sku: &str, quantity| Item { sku: sku.to_owned(), quantity };
        let check = |items: &[Item], expected: Option<&str>| {
            let words = objection(items);
            let field = words.as_deref().and_then(|words| words.split(':').next());
            assert_eq!(field, expected, "{items:?}");
        };
        check(&[item("sku-1042", 1)], None);
        check(&[], Some("items"));
        check(&[item("", 1)], Some("items[0].sku"));
        check(&[item("a", 1), item("b", 0)], Some("items[1].quantity"));
        check(&[item("a", 1_001)], Some("items[0].quantity"));
        check(&vec![item("a", 1); 101], Some("items"));
    }
}
