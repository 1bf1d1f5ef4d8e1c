//! What people do on the pages, from signing up to a client's dashboard.

use super::{until, with_driver};
use crate::ledger::Ledger;
use crate::server::{Server, call, with};
use carbon_core::{Grams, Range};
use carbon_report::{Language, words::Wording};
use fantoccini::{Locator, key::Key};
use serde_json::json;

#[test]
fn from_sign_up_to_the_clients_dashboard() {
    let (ledger, server) = Server::alone();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        browser.open(&server.url).await;
        assert!(browser.text().await.contains("How much carbon was that call?"));
        let key = browser.signs_up(&server.url, "a@example.com").await;
        assert!(key.starts_with("isv_live_"), "{key}");
        assert!(browser.text().await.contains("Waiting for the first event"));

        // Another window knows what to do first, and turns green when the first event arrives.
        browser.click("main a.button").await;
        browser.sees("Send your first event").await;
        assert_eq!(browser.count(".waiting.done").await, 0);
        let one = with(call("mistral-large-2"), json!({"tenant_id": "one", "event_id": "e-1"}));
        server.track(&key, &one);
        browser.sees("The first event has arrived.").await;
        assert_eq!(browser.count(".waiting.done").await, 1);
        server.track(&key, &with(call("gpt-4o"), json!({"tenant_id": "two", "event_id": "e-2"})));

        browser.open(&format!("{}/app", server.url)).await;
        browser.sees("2.85 g").await;
        assert_eq!(browser.text_of("#events-today").await.lines().next(), Some("2"));
        for shown in ["mistral-large-2", "gpt-4o", "one", "two", "3.15 g"] {
            assert!(browser.text().await.contains(shown), "{shown}");
        }
        // The chart is drawn, from the table below it.
        assert_eq!(browser.count("figure.chart.is-drawn canvas").await, 1);

        // A report, and its PDF.
        browser.open(&format!("{}/app/tenants/one", server.url)).await;
        browser.click("form[action='/app/reports'] button").await;
        browser.sees("provisional").await;
        let pdf_link = browser.client.find(Locator::LinkText("PDF")).await.unwrap();
        pdf_link.click().await.unwrap();
        let pdf = driver.downloaded(".pdf").await;
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.len() > 20_000, "{} bytes", pdf.len());
        assert_eq!(ledger.count("select count(*) from report"), 1);

        // A link, opened by somebody who has nothing but it.
        browser.click("form[action$='/links'] button").await;
        browser.sees("/d/").await;
        let link = browser.text_of("code.link").await;
        browser.close().await;
        let client = driver.browser().await;
        client.open(&link).await;
        client.sees("2.85 g").await;
        assert!(!client.text().await.contains("gpt-4o"), "another client's model");
        assert_eq!(ledger.count("select count(*) from dashboard_month"), 1);
        client.client.find(Locator::LinkText("CSV")).await.unwrap().click().await.unwrap();
        let csv = String::from_utf8(driver.downloaded(".csv").await).unwrap();
        assert!(csv.contains("mistral-large-2"), "{csv}");
        // It is a key to nothing else: neither to the console nor to the other client.
        for path in ["/app", "/app/tenants/two", "/app/tenants/two/dashboard", "/app/tenants/one"] {
            client.open(&format!("{}{path}", server.url)).await;
            assert!(client.url().await.contains("/login"), "{path}");
        }
        client.open(&link.replace("/d/A", "/d/B")).await;
        client.sees("This link has expired").await;
        client.close().await;
    });
}

#[test]
fn an_unknown_name_is_mapped_and_the_month_has_a_number() {
    let (_ledger, server) = Server::alone();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        let key = browser.signs_up(&server.url, "a@example.com").await;
        server.track(&key, &call("gpt-4o-prod"));
        browser.open(&format!("{}/app", server.url)).await;
        browser.sees("not quantified").await;
        browser.client.find(Locator::LinkText("Resolve")).await.unwrap().click().await.unwrap();
        browser.sees("Not known").await;
        // A similar name is one click away, and shows before it saves.
        browser.click("button[name=model][value=gpt-4o]").await;
        browser.sees("Nothing is saved yet.").await;
        browser.sees("0.0 % → 100.0 %").await;
        browser.write("#map-note", "Azure deployment").await;
        browser.click("#map button[value=save]").await;
        browser.sees("Open months are now valued with it.").await;
        browser.open(&format!("{}/app", server.url)).await;
        browser.sees("100.0 %").await;
        assert!(!browser.text().await.contains("Models without an emission factor"));
        // It was a mistake, so it goes again.
        browser.open(&format!("{}/app/models", server.url)).await;
        browser.sees("Azure deployment").await;
        browser.click("form[data-ask] button").await;
        browser.client.accept_alert().await.unwrap();
        browser.sees("Not known").await;
        browser.open(&format!("{}/app", server.url)).await;
        browser.sees("Models without an emission factor").await;
        browser.close().await;
    });
}

#[test]
fn a_wrong_password_says_so_and_too_many_tries_are_held_up() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log-ins-per-minute-max", "2"]);
    server.sign_up("a@example.com");
    with_driver(async |driver| {
        let browser = driver.browser().await;
        browser.open(&format!("{}/app/keys", server.url)).await;
        assert!(browser.url().await.contains("/login?next=%2Fapp%2Fkeys"), "{}", browser.url().await);
        for (password, answer) in [
            ("wrong", "Email or password is incorrect."),
            ("", "Is required."),
            ("wrong again", "Email or password is incorrect."),
            ("correct horse", "More requests than allowed."),
        ] {
            browser.write("#email", "a@example.com").await;
            browser.write("#password", password).await;
            browser.click("main button.primary").await;
            browser.sees(answer).await;
            // What was written stays, but for the password.
            let field = |name: &str| format!("return document.querySelector('#{name}').value");
            assert_eq!(browser.run(&field("email")).await, "a@example.com");
            assert_eq!(browser.run(&field("password")).await, "");
        }
        browser.close().await;
    });
}

/// Names that would be code if a page took them for any.
const HOSTILE: &str = "<script>window.taken=1</script><img src=x onerror=window.taken=1>\"'{{1234*5678}}";

#[test]
fn names_stay_text_on_every_page() {
    let (_ledger, server) = Server::alone();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        let key = browser.signs_up(&server.url, "a@example.com").await;
        let event = json!({"tenant_id": HOSTILE, "tags": {"feature": HOSTILE, HOSTILE[..60]: "x"}});
        server.track(&key, &with(call("gpt-4o"), event.clone()));
        server.track(&key, &with(call(HOSTILE), event));
        let tenant: String = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
        let tenant = tenant.replace('+', "%20");
        let path = format!("/api/v1/tenants/{tenant}");
        assert_eq!(
            server.put(&path, Some(&key), &json!({"name": HOSTILE, "legal_name": HOSTILE})).status,
            200
        );
        let made = server.post("/api/v1/keys", Some(&key), &json!({"kind": "read", "label": "<b>bold</b>"}));
        assert_eq!(made.status, 201);
        let own = json!({"model": "gpt-4o", "note": HOSTILE});
        assert_eq!(server.put("/api/v1/models/aliases/prod", Some(&key), &own).status, 200);
        let links = format!("{path}/dashboard-links");
        let link = server.post(&links, Some(&key), &json!({"expires_in_days": 1})).json();
        let report = json!({"tenant_id": HOSTILE, "month": this_month()});
        assert_eq!(server.post("/api/v1/reports", Some(&key), &report).status, 201);
        let link = link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
        for page in [
            "/app".to_owned(),
            "/app/tenants".to_owned(),
            format!("/app/tenants/{tenant}"),
            format!("/app/tenants/{tenant}/dashboard"),
            format!("/registry?q={tenant}"),
            format!("/registry/{tenant}"),
            format!("/registry/regions?q={tenant}"),
            "/app/models".to_owned(),
            "/app/models/prod".to_owned(),
            format!("/app/models/{tenant}"),
            "/app/reports".to_owned(),
            "/app/billing".to_owned(),
            link,
        ] {
            browser.open(&format!("{}{page}", server.url)).await;
            assert!(browser.text().await.contains("<script>window.taken=1</script>"), "{page}");
            assert_eq!(browser.run("return window.taken === undefined").await, true, "{page}");
            assert_eq!(browser.count("script:not([src])").await, 0, "{page} has a script of its own text");
            assert!(!browser.text().await.contains("7006652"), "{page} computed a name");
        }
        browser.open(&format!("{}/app/keys", server.url)).await;
        assert!(browser.text().await.contains("<b>bold</b>"));
        browser.close().await;
    });
}

fn this_month() -> String {
    jiff::Timestamp::now().to_string()[..7].to_owned()
}

#[test]
fn the_keyboard_alone_is_enough() {
    let (ledger, server) = Server::alone();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        browser.open(&format!("{}/signup", server.url)).await;
        let press = async |keys: &str| {
            let focused = browser.client.active_element().await.unwrap();
            focused.send_keys(keys).await.unwrap();
        };
        let tab = char::from(Key::Tab).to_string();
        // Past the head, one stop after the other, each of them visible when it is reached.
        for _ in 0..20 {
            press(&tab).await;
            let outline = "const style = getComputedStyle(document.activeElement);
                           return style.outlineStyle !== 'none' || style.borderColor !== ''";
            assert_eq!(browser.run(outline).await, true);
            if browser.run("return document.activeElement.id").await == "organisation" {
                break;
            }
        }
        press(&format!("Keys Ltd{tab}")).await;
        press(&format!("k@example.com{tab}")).await;
        press(&format!("correct horse{}", char::from(Key::Enter))).await;
        browser.sees("Your keys").await;
        assert_eq!(ledger.count("select count(*) from account"), 1);
        browser.close().await;
    });
}

#[test]
fn the_calculator_answers_what_the_api_does() {
    let (_ledger, server) = Server::alone();
    with_driver(async |driver| {
        let browser = driver.browser().await;
        browser.open(&format!("{}/methodology", server.url)).await;
        browser.write("#model", "mistral-large-2").await;
        browser.write("#input_tokens", "600").await;
        browser.write("#output_tokens", "400").await;
        browser.write("#region", "FRA").await;
        browser.click("form[data-calculator] button").await;
        browser.sees("2.85 g").await;
        let shown = browser.text_of("#estimate").await;
        let body = json!({"model": "mistral-large-2", "input_tokens": 600, "output_tokens": 400, "region": "FRA",
                          "methods": ["coefficient", "bottom_up"]});
        let answer = server.post("/api/v1/estimate", None, &body).json();
        for method in answer["methods"].as_array().unwrap() {
            let grams = |bound: &str| Grams::new(method["co2_grams"][bound].to_string().parse().unwrap());
            let range = Range::new(grams("low"), grams("central"), grams("high")).unwrap();
            for mass in Wording::of(Language::En).masses(range) {
                let mass = mass.replace('\u{a0}', " ");
                assert!(shown.contains(&mass), "{mass} is not in\n{shown}");
            }
        }
        for caveat in answer["caveats"].as_array().unwrap() {
            assert!(shown.contains(caveat.as_str().unwrap()), "{caveat}");
        }
        // Without the page being loaded anew, and with an address that can be passed on.
        assert!(browser.url().await.contains("model=mistral-large-2"));
        browser.write("#region", "Atlantis").await;
        browser.click("form[data-calculator] button").await;
        browser.sees("region:").await;
        browser.write("#region", "").await;
        browser.write("#model", "nobody-knows").await;
        browser.click("form[data-calculator] button").await;
        browser.sees("There is no factor for nobody-knows").await;
        until("no value", async || browser.text_of("#estimate").await.contains("unknown").then_some(()))
            .await;
        browser.close().await;
    });
}
