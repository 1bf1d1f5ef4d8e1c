//! What holds for every page: accessible, in both colour schemes, at any width, quiet, and readable without a script.

use super::{Browser, axe, with_driver};
use crate::{
    demo::Demo,
    server::{Server, call, with},
};
use serde_json::{Value, json};

/// Pages that anyone may open.
const PUBLIC: [&str; 17] = [
    "/",
    "/methodology?model=mistral-large-2&input_tokens=600&output_tokens=400&region=FRA",
    "/registry",
    "/registry?q=azure%2Fgpt-4o&weights=no",
    "/registry?provider=openai&page=1",
    "/registry/gpt-4o?region=FRA",
    "/registry/claude-1",
    "/registry/class-mid?factor_set=2026.12",
    "/registry/regions?q=aws",
    "/docs",
    "/signup",
    "/verify",
    "/verify?language=fr",
    "/verify?language=de",
    "/verify?language=pl",
    "/login",
    "/nothing-here",
];

/// Pages of somebody who is logged in.
const CONSOLE: [&str; 23] = [
    "/app",
    "/app?month=2020-01",
    "/app/tenants",
    "/app/tenants/nordwind",
    "/app/tenants/nordwind/dashboard",
    "/app/tenants/nordwind/whatif?kind=output_tokens&to=-20%25",
    "/app/events",
    "/app/events?from=2020-01-01&to=yesterday&confidence=unknown",
    "/app/models",
    "/app/models/grok-4",
    "/app/models/nobodys-name-*",
    "/app/reports",
    "/app/report-schedule",
    "/app/mail",
    "/app/tenants/nordwind/contacts",
    "/app/market",
    "/app/market/instruments",
    "/app/market/residual-mixes",
    "/app/account/grids",
    "/app/tenants/nordwind/targets",
    "/app/keys",
    "/app/billing",
    "/app/account",
];

/// Widths from the smallest telephone to a large screen.
const WIDTHS: [u32; 4] = [360, 768, 1280, 1920];

async fn logs_in(browser: &Browser, demo: &Demo) {
    browser.open(&format!("{}/login", demo.server.url)).await;
    browser.write("#email", "demo@example.com").await;
    browser.write("#password", &demo.password).await;
    browser.click("main button.primary").await;
    // On the first day of a month it has no models yet.
    browser.sees("Log out").await;
}

fn every_page(demo: &Demo) -> Vec<String> {
    // Events that are valued in different ways.
    let queries = ["model=mistral-large-2", "model=claude-sonnet-4-5", "confidence=unknown"];
    let events = queries.map(|query| {
        let query = format!("/api/v1/events?limit=100&{query}");
        let page = demo.server.get(&query, Some(&demo.live)).json();
        let event_id = page["events"][0]["event_id"].as_str().map(str::to_owned);
        event_id.map(|event_id| format!("/app/events/{event_id}"))
    });
    let pages = PUBLIC.into_iter().chain(CONSOLE).map(str::to_owned).chain(events.into_iter().flatten());
    let languages = ["en", "fr", "de"];
    let dashboards = demo.dashboards.iter().zip(languages.into_iter().cycle());
    pages.chain(dashboards.take(4).map(|(path, language)| format!("{path}?language={language}"))).collect()
}

/// Waits for scripts to have drawn what they draw.
pub(super) async fn is_settled(browser: &Browser) {
    let script = "return document.readyState === 'complete' && (!document.querySelector('rapi-doc') || \
                  !!document.querySelector('rapi-doc').shadowRoot?.querySelector('main section'))";
    super::until("a settled page", async || browser.run(script).await.as_bool().filter(|done| *done)).await;
}

/// Whether axe finds nothing on the page that is shown.
pub(super) async fn is_accessible(browser: &Browser, axe: &str, page: &str) {
    browser.run(axe).await;
    let rules = json!(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
    let found = browser
        .client
        .execute_async(
            "const [rules, done] = arguments;
             axe.run(document, { runOnly: rules }).then((result) => done({
               passes: result.passes.length,
               violations: result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`),
             }))",
            vec![rules],
        )
        .await
        .unwrap();
    assert_eq!(found["violations"], json!([]), "{page}");
    assert!(found["passes"].as_u64().unwrap() > 10, "{page} was not looked at: {found}");
}

#[test]
fn every_page_is_accessible_and_fits() {
    let demo = Demo::start();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        logs_in(&browser, &demo).await;
        let axe = axe();
        for page in every_page(&demo) {
            for scheme in ["light", "dark"] {
                browser.looks(1_280, scheme).await;
                browser.open(&format!("{}{page}", demo.server.url)).await;
                is_settled(&browser).await;
                is_accessible(&browser, &axe, &format!("{page} {scheme}")).await;
            }
            for width in WIDTHS {
                browser.looks(width, "light").await;
                let over =
                    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
                assert_eq!(browser.run(over).await, 0, "{page} scrolls sideways at {width}");
                // Below it, each row of a table of many columns is a block.
                if width < 800 {
                    let cut = "return [...document.querySelectorAll('.table:has(> .blocks)')]
                        .filter((table) => table.scrollWidth > table.clientWidth)
                        .map((table) => table.textContent.trim().slice(0, 40))";
                    assert_eq!(browser.run(cut).await, json!([]), "tables of {page} are cut at {width}");
                }
            }
        }
        browser.close().await;
    });
}

#[test]
fn figures_and_tables_are_there_without_a_script() {
    let demo = Demo::start();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
        // A month that is over has all its days.
        let today = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
        let month = carbon_report::Month::of(today).previous();
        browser.open(&format!("{}{}?month={month}", demo.server.url, demo.dashboards[0])).await;
        // Nordwind's page is in German.
        browser.sees("Emissionen, ").await;
        assert_eq!(
            browser.count("tr[data-x]").await,
            usize::from(month.days().unsigned_abs()) + 12,
            "days and months"
        );
        assert!(browser.text().await.contains("gpt-4o-mini"));
        // The month is picked by its button, the calculator answers on a page of its own.
        browser.click(".months button").await;
        browser.sees("Emissionen, ").await;
        browser.open(&format!("{}/methodology", demo.server.url)).await;
        browser.write("#model", "gpt-4o").await;
        browser.click("form[data-calculator] button").await;
        browser.sees("our own calculation").await;
        browser.close().await;
    });
}

#[test]
fn the_front_page_is_small_and_keeps_to_itself() {
    let (_ledger, server) = Server::alone();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        for (page, bytes_max) in [("/", 100_000), ("/signup", 100_000), ("/methodology", 150_000)] {
            browser.open(&format!("{}{page}", server.url)).await;
            is_settled(&browser).await;
            let entries = browser
                .run(
                    "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                       .map(({ name, transferSize }) => [name, transferSize])",
                )
                .await;
            let entries = entries.as_array().unwrap();
            assert!(entries.len() >= 3, "{entries:?}");
            let bytes: u64 = entries.iter().map(|entry| entry[1].as_u64().unwrap()).sum();
            assert!(bytes > 1_000 && bytes < bytes_max, "{page} takes {bytes} bytes: {entries:?}");
            for entry in entries {
                assert!(entry[0].as_str().unwrap().starts_with(&server.url), "{page} asks {entry}");
            }
        }
        browser.close().await;
    });
}

#[test]
fn empty_states_tell_what_comes_next() {
    let (_ledger, server) = Server::alone();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        let key = browser.signs_up(&server.url, "a@example.com").await;
        for (page, words) in [
            ("/app", "Send your first event"),
            ("/app/tenants", "No live event has arrived yet."),
            ("/app/reports", "No report has been issued yet."),
            ("/app/models", "No name is without an emission factor in"),
            ("/app/models", "No entry yet."),
            ("/app/billing", "Nothing to invoice in"),
        ] {
            browser.open(&format!("{}{page}", server.url)).await;
            browser.sees(words).await;
        }
        // A client that only a name is known of.
        server.put("/api/v1/tenants/quiet", Some(&key), &json!({"name": "Quiet"}));
        browser.open(&format!("{}/app/tenants/quiet/dashboard", server.url)).await;
        browser.sees("No calls were counted in this month.").await;
        // Only a model that nobody knows: not zero.
        server.track(&key, &with(call("nobody-knows"), json!({"tenant_id": "quiet"})));
        browser.open(&format!("{}/app/tenants/quiet/dashboard", server.url)).await;
        browser.sees("Models without an emission factor").await;
        assert_eq!(browser.text_of(".figure").await, "not quantified CO₂e");
        let log: Value = browser.run("return performance.getEntriesByType('navigation').length").await;
        assert_eq!(log, 1);
        browser.close().await;
    });
}
