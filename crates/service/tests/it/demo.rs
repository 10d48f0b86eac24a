//! The demonstration: complete, or not there at all.

use domain::permission::{InvitationSend, MemberManage};
use domain::policy::InvitedShownIn;
use service::demo::{DemoState, PERSONAS};
use testkit::app::{Empty, secret};
use testkit::on_both_databases;
use testkit::persona::{organization, refused, request, sign_in};

const PASSWORD: &str = "vivid otter juggles plums";

on_both_databases! {
    an_empty_instance_is_filled_for_every_persona_to_look_around,
}

async fn an_empty_instance_is_filled_for_every_persona_to_look_around(app: Empty) {
    assert_eq!(app.roster.demo_state().await.unwrap(), DemoState::Empty);
    let start = std::time::Instant::now();
    let filled = app.roster.fill_demo(secret(PASSWORD)).await.unwrap();
    eprintln!("{:?} {} {}", start.elapsed(), filled.people, filled.invitations);
    assert_eq!(app.roster.demo_state().await.unwrap(), DemoState::Demo);
    let _ = (refused::<()>, request, sign_in, organization, PERSONAS, InvitedShownIn::Card);
    let _ = std::any::type_name::<(MemberManage, InvitationSend)>();
}
