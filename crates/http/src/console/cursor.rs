//! Where a list goes on, in an address: the last one shown, by its name and id.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::Id;
use service::people::Place;

/// The cursor of a place among things that have ids of the kind `I`.
pub fn cursor<I: Id>(place: &Place) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {}", I::from_uuid(place.id), place.name_key))
}

/// The place a cursor stands for; nothing where it was not made here, and the list begins at its beginning.
pub fn place<I: Id>(cursor: &str) -> Option<Place> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (id, name_key) = text.split_once(' ')?;
    Some(Place {
        name_key: name_key.to_owned(),
        id: id.parse::<I>().ok()?.uuid(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::id::{GroupId, MemberId};

    #[test]
    fn a_cursor_leads_back_to_its_place_and_any_other_text_to_the_beginning() {
        let place_of = Place {
            name_key: "lovelace, ada".to_owned(),
            id: MemberId::new(Timestamp::default(), [7; 10]).uuid(),
        };
        let text = cursor::<MemberId>(&place_of);
        assert_eq!(place::<MemberId>(&text), Some(place_of));
        for text in [text.as_str(), "", "x", "bWVtXzE", "%%%"] {
            assert_eq!(place::<GroupId>(text), None, "{text}");
        }
    }
}
