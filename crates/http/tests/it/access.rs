//! Who may call what: every route, as every persona, in their own and in a foreign organization.

use testkit::on_both_databases;

use crate::app::App;

on_both_databases! {
    x,
}

async fn x(_app: App) {}
