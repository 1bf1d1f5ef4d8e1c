//! Instruments, residual mixes, targets and grid series, as somebody enters them in a browser.

use super::{until, with_driver};
use crate::{
    server::{Server, call, with},
    time::{first, month},
};
use serde_json::json;
use sha2::{Digest, Sha256};

#[test]
fn what_the_two_bases_take_is_entered_with_files_that_stay_here() {
    let (_ledger, server) = Server::alone();
    let files = tempfile::tempdir().unwrap();
    let kept = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let document = kept("statement.txt", "cancelled: 10 MWh");
    let digest: String =
        Sha256::digest("cancelled: 10 MWh").iter().map(|byte| format!("{byte:02x}")).collect();
    let (year, month) = (first().year().to_string(), month());
    with_driver(async |driver| {
        let browser = driver.browser().await;
        let key = browser.signs_up(&server.url, "a@example.com").await;
        server.track(&key, &with(call("llama-3.1-70b"), json!({"region": "FRA"})));
        let value = |field: &str| format!("return document.querySelector('#{field}').value");
        let choose = async |field: &str, path: &str| {
            let found = browser.client.find(fantoccini::Locator::Css(field)).await.unwrap();
            found.send_keys(path).await.unwrap();
        };
        let holds = async |field: &str, expect: &str| {
            until("the digest of a file", async || {
                (browser.run(&value(field)).await == expect).then_some(())
            })
            .await;
        };

        browser.open(&format!("{}/app/market", server.url)).await;
        browser.click("a[href='/app/market/instruments']").await;
        browser.click("main button.primary").await;
        // Each fault stands at its field, and the first has the focus.
        browser.sees("Is required.").await;
        assert_eq!(browser.count(".field input[aria-invalid=true] + .fault").await, 10);
        assert_eq!(browser.run("return document.activeElement.id").await, "zone");
        browser.write("#zone", "FRA").await;
        let days = format!(
            "document.querySelector('#period_from').value = '{year}-01-01'; document.querySelector('#period_to').value = '{year}-12-31'; return 1"
        );
        browser.run(&days).await;
        for (field, text) in [("vintage", year.as_str()), ("mwh", "10"), ("g_per_kwh", "0")] {
            browser.write(&format!("#{field}"), text).await;
        }
        for field in ["certificate_ids_sha256", "document_sha256"] {
            choose(&format!("#{field}-file"), &document).await;
            holds(field, &digest).await;
        }
        browser.write("#source", "A registry").await;
        browser.write("#licence", "Own contract").await;
        browser.click("main button.primary").await;
        browser.sees("10 not allocated").await;
        for (field, text) in [("tenant_id", "client-xyz"), ("month", month.as_str()), ("mwh", "11")] {
            browser.write(&format!("#{field}"), text).await;
        }
        browser.click("main button.primary").await;
        browser.sees("Is more than is left of the instrument: 10 MWh.").await;
        browser.write("#mwh", "4").await;
        browser.click("main button.primary").await;
        browser.sees("6 not allocated").await;
        browser.click("form[action$='/free'] button").await;
        browser.sees("10 not allocated").await;
        browser.click("form[action$='/withdraw'] button").await;
        browser.client.accept_alert().await.unwrap();
        browser.sees("withdrawn on").await;

        browser.open(&format!("{}/app/market/residual-mixes", server.url)).await;
        for (field, text) in
            [("zone", "FRA"), ("year", year.as_str()), ("g_per_kwh", "48"), ("source", "S"), ("licence", "L")]
        {
            browser.write(&format!("#{field}"), text).await;
        }
        choose("#document_sha256-file", &document).await;
        holds("document_sha256", &digest).await;
        browser.click("main button.primary").await;
        browser.sees(&format!("FRA {year}")).await;

        browser.open(&format!("{}/app/tenants/client-xyz/targets", server.url)).await;
        for (field, text) in [("target_name", "few"), ("grams", "0.000001")] {
            browser.write(&format!("#{field}"), text).await;
        }
        browser.click("main button.primary").await;
        browser.sees("above").await;
        browser.click("form[data-ask] button").await;
        browser.client.accept_alert().await.unwrap();
        browser.sees("No target yet.").await;

        browser.open(&format!("{}/app/account/grids", server.url)).await;
        let series = format!("zone,month,g_kwh,source,licence\nFRA,{month},33.5,Operator,own\n");
        choose("#file", &kept("grid.csv", &series)).await;
        holds("csv", &series).await;
        browser.click("main button.primary").await;
        browser.sees("1 series is in the file, 1 of them new or changed.").await;
        browser.close().await;
    });
}
