//! A model of organizations, members, invitations, roles, seats and sessions beside the real server: chance chooses what
//! people do, the model says what must come of it, and after each step the two agree and the rules hold. What fails is shrunk
//! to the fewest steps.

mod step;
mod world;

use std::fmt::Write;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use testkit::on_both_databases;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::house::House;
use crate::{extent, rules};
use step::{Step, any_step};
use world::World;

on_both_databases! { whatever_people_do_the_server_agrees_with_the_model, }

async fn whatever_people_do_the_server_agrees_with_the_model(house: House) {
    let (node, olivia) = house.settled().await;
    let chance = extent::chance("model");
    let seed: [u8; 32] = std::array::from_fn(|_| u8::try_from(chance.below(256)).unwrap());
    let config = Config {
        cases: extent::of(2, 150),
        max_shrink_iters: extent::of(60, 600),
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let most = extent::of(30, 60);
    let case = std::cell::Cell::new(0);
    let outcome = block_in_place(|| {
        runner.run(&vec(any_step(), most / 2..most), |steps| {
            case.set(case.get() + 1);
            let played = Handle::current().block_on(play(&house, &olivia, case.get(), &steps));
            played.map_err(TestCaseError::fail)
        })
    });
    if let Err(TestError::Fail(reason, steps)) = &outcome {
        let mut told = format!("{reason}\n");
        for (number, step) in steps.iter().enumerate() {
            writeln!(told, "{:>3}. {step:?}", number + 1).unwrap();
        }
        panic!("{told}");
    }
    outcome.unwrap();
    rules::hold(&house, &olivia).await;
    println!("model: {} lives of an organization", case.get());
    node.stop().await;
}

/// One life of a new organization.
async fn play(house: &House, olivia: &crate::house::Caller, case: u32, steps: &[Step]) -> Result<(), String> {
    let mut world = World::open(olivia, case).await?;
    for step in steps {
        world.take(step).await.map_err(|told| format!("{step:?}: {told}"))?;
        world.agrees().await.map_err(|told| format!("after {step:?}: {told}"))?;
        rules::in_the_database(house).await;
    }
    Ok(())
}
