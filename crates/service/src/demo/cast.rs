//! The names of the people in the demonstration: made up from common ones of many places.

/// Words apart by spaces; behind a `|` how one is spelled in an address.
struct Place {
    given: &'static str,
    family: &'static str,
    order: Order,
}

#[derive(Clone, Copy)]
enum Order {
    GivenFirst,
    FamilyFirst,
    /// Family name first, nothing in between.
    Joined,
}

const fn place(order: Order, given: &'static str, family: &'static str) -> Place {
    Place { given, family, order }
}

const PLACES: [Place; 16] = [
    place(
        Order::GivenFirst,
        "Amara Chidi Ngozi Kwame Abena Ifeoma Kofi Yewande Sade Emeka",
        "Adeyemi Mensah Okafor Boateng Balogun Owusu Eze Asante Nwosu Danso",
    ),
    place(
        Order::GivenFirst,
        "Ingrid Björn|bjorn Søren|soren Astrid Lars Freja Håkon|hakon Solveig Nils Åsa|asa",
        "Lindqvist Ødegård|odegard Nyberg Hansen Bergström|bergstrom Dahl Sjöberg|sjoberg Lund Holm Strand",
    ),
    place(
        Order::GivenFirst,
        "Inês|ines Tiago Beatriz João|joao Catarina Rui Marta Duarte Leonor Simão|simao",
        "Ferreira Carvalho Monteiro Araújo|araujo Pinto Rocha Barbosa Moreira Falcão|falcao Nogueira",
    ),
    place(
        Order::GivenFirst,
        "Priya Arjun Meera Vikram Ananya Rohan Kavya Sanjay Divya Nikhil",
        "Iyer Banerjee Kulkarni Chatterjee Nair Desai Bhat Menon Joshi Reddy",
    ),
    place(
        Order::Joined,
        "娜|na 伟|wei 敏|min 静|jing 磊|lei 洋|yang 艳|yan 杰|jie 芳|fang 强|qiang",
        "李|li 王|wang 张|zhang 刘|liu 陈|chen 杨|yang 赵|zhao 黄|huang 周|zhou 吴|wu",
    ),
    place(
        Order::Joined,
        "陽菜|hina 蓮|ren 結衣|yui 大翔|hiroto 葵|aoi 湊|minato 咲良|sakura 悠真|yuma 凛|rin 樹|itsuki",
        "佐藤|sato 鈴木|suzuki 高橋|takahashi 田中|tanaka 渡辺|watanabe 伊藤|ito 山本|yamamoto 中村|nakamura 小林|kobayashi 加藤|kato",
    ),
    place(
        Order::FamilyFirst,
        "Minjun Seoyeon Jiho Haeun Doyun Jiwoo Siwoo Subin Yejun Chaewon",
        "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim",
    ),
    place(
        Order::GivenFirst,
        "Layla Omar Yasmin Karim Nour Tariq Salma Hassan Rania Samir",
        "Haddad Mansour Khalil Nasser Farouk Aziz Rahman Saleh Najjar Bishara",
    ),
    place(
        Order::GivenFirst,
        "Zofia Marek Jelena Milan Katarzyna Petr Ivana Łukasz|lukasz Věra|vera Dragan",
        "Kowalska Novák|novak Petrović|petrovic Wiśniewska|wisniewska Horvat Dvořák|dvorak Jovanović|jovanovic Zielińska|zielinska Kučera|kucera Marić|maric",
    ),
    place(
        Order::GivenFirst,
        "Anneliese Jörg|jorg Katharina Matthias Ulrike Stefan Gisela Florian Heike Tobias",
        "Schäfer|schafer Krüger|kruger Vogel Baumann Köhler|kohler Winkler Lorenz Brandt Seidel Zimmermann",
    ),
    place(
        Order::GivenFirst,
        "Harriet Desmond Phoebe Callum Imogen Rhys Niamh Ewan Bronwyn Declan",
        "Whitfield O’Neill|oneill Pemberton MacLeod Ashworth Llewellyn Gallagher Fairclough Penhaligon Byrne",
    ),
    place(
        Order::GivenFirst,
        "Aïssata|aissata Mathieu Chloé|chloe Moussa Élodie|elodie Baptiste Mariama Thibault Océane|oceane Ibrahima",
        "Diallo Lefèvre|lefevre Traoré|traore Moreau Coulibaly Girard Sarr Fontaine Camara Rousseau",
    ),
    place(
        Order::GivenFirst,
        "Elif Mehmet Zeynep Emre Defne Kerem Ayşe|ayse Burak Selin Deniz",
        "Yılmaz|yilmaz Kaya Demir Şahin|sahin Çelik|celik Aydın|aydin Öztürk|ozturk Arslan Doğan|dogan Koç|koc",
    ),
    place(
        Order::FamilyFirst,
        "Linh Minh Thảo|thao Quang Hương|huong Tuấn|tuan Ngọc|ngoc Bảo|bao Trang Đức|duc",
        "Nguyễn|nguyen Trần|tran Lê|le Phạm|pham Hoàng|hoang Vũ|vu Đặng|dang Bùi|bui Đỗ|do Hồ|ho",
    ),
    place(
        Order::GivenFirst,
        "Valentina Mateo Camila Joaquín|joaquin Ximena Andrés|andres Lucía|lucia Emilio Renata Tomás|tomas",
        "Quispe Fernández|fernandez Rojas Gutiérrez|gutierrez Mamani Herrera Castillo Ibáñez|ibanez Vargas Peña|pena",
    ),
    place(
        Order::GivenFirst,
        "Leilani Tane Moana Keoni Anahera Wiremu Sina Tavita Marama Nikau",
        "Kahale Ngata Tuilagi Kealoha Parata Faleolo Makoa Rangi Taufa Waititi",
    ),
];

/// Somebody's name, and how it is spelled in an address.
pub struct Part {
    pub name: String,
    pub handle: String,
}

/// The person of that number; no two of a thousand are alike.
pub fn person(number: usize) -> Part {
    let (place, turn) = (&PLACES[number % PLACES.len()], number / PLACES.len());
    let (given, given_handle) = word(place.given, turn);
    // Each round through the given names meets the family names one further on.
    let (family, family_handle) = word(place.family, turn * 3 + turn / 10);
    let name = match place.order {
        Order::GivenFirst => format!("{given} {family}"),
        Order::FamilyFirst => format!("{family} {given}"),
        Order::Joined => format!("{family}{given}"),
    };
    Part {
        name,
        handle: format!("{given_handle}.{family_handle}"),
    }
}

fn word(words: &'static str, at: usize) -> (&'static str, String) {
    let count = words.split(' ').count();
    let word = words.split(' ').nth(at % count).unwrap_or_default();
    let (shown, handle) = word.split_once('|').unwrap_or((word, word));
    (shown, handle.to_lowercase())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::text::{PersonName, Username};

    use super::*;

    #[test]
    fn a_thousand_people_have_names_and_addresses_of_their_own() {
        let people: Vec<_> = (0..1_000).map(person).collect();
        let handles: BTreeSet<_> = people.iter().map(|person| &person.handle).collect();
        assert_eq!(handles.len(), 1_000);
        for person in &people {
            assert!(
                PersonName::parse(&person.name).is_ok() && Username::parse(&person.handle).is_ok(),
                "{}",
                person.handle
            );
        }
    }
}
