//! What the people page may weigh, and what it may ask for.

use testkit::Browser;

use crate::house::{DEMO_PASSWORD, House};
use crate::step::sign_in;

const MOST_BYTES: f64 = 40.0 * 1024.0;
const MOST_REQUESTS: f64 = 6.0;

/// The page and what it fetched: how many requests, and their bytes on the wire, heads included.
const WEIGHED: &str = "
const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
return [entries.length, entries.reduce((sum, entry) => sum + entry.transferSize, 0),
    document.querySelectorAll('tbody tr').length];";

#[tokio::test]
async fn fifty_people_weigh_at_most_forty_kilobytes_in_six_requests() {
    let Some(browser) = Browser::open().await else { return };
    let house = House::demo();
    sign_in(&browser, &house, "olivia", DEMO_PASSWORD).await;
    browser.see("Larkspur Works").await;
    // A browser that never was here has nothing yet.
    let Some(fresh) = Browser::open().await else { return };
    fresh.visit(&house.at("/healthz")).await;
    for cookie in browser.webdriver().get_all_cookies().await.unwrap() {
        fresh.webdriver().add_cookie(cookie).await.unwrap();
    }
    fresh.visit(&house.at("/o/larkspur/people")).await;
    fresh.see("Next page").await;
    let weighed = fresh.webdriver().execute(WEIGHED, Vec::new()).await.unwrap();
    let [requests, bytes, rows]: [f64; 3] = weighed.convert().unwrap();
    println!("{rows} rows, {requests} requests, {bytes} bytes");
    assert!(rows >= 50.0, "{rows} rows");
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
    assert!(requests <= MOST_REQUESTS, "{requests} requests");
    let complaints = fresh.complaints().await;
    // The first address has no page, so the browser asks for a usual icon by itself.
    let about_pages = complaints.iter().filter(|line| !line.contains("/favicon.ico"));
    assert_eq!(about_pages.collect::<Vec<_>>(), Vec::<&String>::new());
}
