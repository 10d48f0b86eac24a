//! Coming from another product: whoever had a password there signs in with it here, once as that product would check it, and
//! from then on by a hash of this one. The hashes were made by Python's `hashlib`, `bcrypt` and `argon2-cffi`.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection, query_scalar};
use testkit::on_both_databases;

use crate::desk::Desk;
use crate::house::House;

on_both_databases! {
    people_of_a_realm_sign_in_with_the_passwords_they_had,
    people_of_a_list_of_users_sign_in_with_the_passwords_they_had,
    people_of_a_csv_sign_in_with_the_passwords_they_had,
}

struct Coming<'a> {
    from: &'a str,
    file: &'a str,
    /// Username or address, and what they typed there.
    known: &'a [(&'a str, &'a str)],
    /// Who has no password here.
    without: &'a [&'a str],
    disabled: Option<&'a str>,
}

async fn come(house: House, coming: Coming<'_>) {
    let desk = Desk::at(house).await;
    desk.sign_in().await;
    let path = format!("{}/tests/it/elsewhere/{}", env!("CARGO_MANIFEST_DIR"), coming.file);
    let words = [
        "import",
        &path,
        "--from",
        coming.from,
        "--into",
        "larkspur",
        "--name",
        "Larkspur",
    ];
    let words = [&words[..], &["--owner", coming.known[0].0]].concat();
    let tried = desk.run(&[&words[..], &["--dry-run"]].concat()).await;
    assert!(tried.contains("left out"), "{tried}");
    assert_eq!(
        desk.ask(&["account", "list"]).await["items"].as_array().unwrap().len(),
        1
    );

    desk.run(&words).await;
    let (login, password) = coming.known[0];
    let (status, owner) = desk.node.anyone().sign_in(login, password).await;
    assert_eq!(status, 201, "{login}: {owner}");
    for (login, password) in coming.known {
        let wrong = desk.node.anyone().sign_in(login, &format!("{password}!")).await;
        assert_eq!(wrong.0, 401, "{login}: {}", wrong.1);
        let (status, session) = desk.node.anyone().sign_in(login, password).await;
        assert_eq!((status, &session["next"]), (201, &json!("done")), "{login}: {session}");
        let hash = hash_of(&desk, login).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{login}: {hash}");
        assert_eq!(desk.node.anyone().sign_in(login, password).await.0, 201, "{login}");
    }
    for login in coming.without {
        assert_eq!(hash_of(&desk, login).await, None, "{login}");
    }
    let people = desk.ask(&["people", "list", "-o", "larkspur", "--all"]).await;
    let find = |login: &str| -> Value {
        let all = people["items"].as_array().unwrap().iter();
        let mut found = all.filter(|one| one["username"] == json!(login) || one["email"] == json!(login));
        found.next().unwrap_or_else(|| panic!("{login}: {people}")).clone()
    };
    assert_eq!(find(coming.known[0].0)["role"]["slug"], json!("owner"));
    if let Some(disabled) = coming.disabled {
        assert_eq!(find(disabled)["status"], json!("disabled"));
    }
    let again = desk.run(&words).await;
    assert!(again.contains("0 created"), "whoever is there is skipped: {again}");
    desk.node.stop().await;
}

/// What is kept of somebody's password.
async fn hash_of(desk: &Desk, login: &str) -> Option<String> {
    const SQL: &str =
        "SELECT p.hash FROM account a JOIN password p ON p.account_id = a.id WHERE a.username = $1 OR a.email = $1";
    match desk.house.database() {
        Some(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            query_scalar::<_, String>(SQL)
                .bind(login)
                .fetch_optional(&mut connection)
                .await
                .unwrap()
        }
        None => {
            let file = desk.house.file();
            let mut connection = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
            query_scalar::<_, String>(SQL)
                .bind(login)
                .fetch_optional(&mut connection)
                .await
                .unwrap()
        }
    }
}

async fn people_of_a_realm_sign_in_with_the_passwords_they_had(house: House) {
    let coming = Coming {
        from: "keycloak",
        file: "keycloak.json",
        known: &[
            ("ada", "ada sings at night 1"),
            ("bea", "bea bakes bread 1"),
            ("carl", "carl counts crows 1"),
            ("dora", "dora rows across 1"),
        ],
        without: &["emil", "fay"],
        disabled: Some("carl"),
    };
    come(house, coming).await;
}

async fn people_of_a_list_of_users_sign_in_with_the_passwords_they_had(house: House) {
    let coming = Coming {
        from: "auth0",
        file: "auth0.ndjson",
        known: &[
            ("gia@example.org", "gia grows grapes 1"),
            ("hal", "hal hums hymns 1"),
            ("ines@example.org", "ines ices inlets 1"),
            ("jon@example.org", "jon joins jury 1"),
            ("kay@example.org", "kay keeps kites 1"),
        ],
        without: &["lou@example.org", "max@example.org"],
        disabled: Some("hal"),
    };
    come(house, coming).await;
}

async fn people_of_a_csv_sign_in_with_the_passwords_they_had(house: House) {
    let coming = Coming {
        from: "clerk",
        file: "clerk.csv",
        known: &[
            ("nia", "nia needs naps 1"),
            ("otto", "otto owns oaks 1"),
            ("pia@example.org", "pia paints ponds 1"),
            ("quin", "quin quits quietly 1"),
            ("rosa", "rosa reads runes 1"),
            ("sam", "sam sails ships 1"),
            ("uli", "user1password"),
        ],
        without: &["tess"],
        disabled: None,
    };
    come(house, coming).await;
}
