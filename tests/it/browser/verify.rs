//! Somebody who was given a pack drops it on the page, or chooses it, with and without a script.

use super::{Browser, axe, every_page::is_accessible, with_driver};
use crate::{
    ledger::Ledger,
    report_evidence::{close, forged, form, kept, report},
    server::Server,
    time::on,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use fantoccini::Locator;
use serde_json::json;

/// Drops a file as a person would: its bytes come with the event.
const DROP: &str = "
    const [content, name] = arguments;
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    const at = document.querySelector('form[data-drop]');
    for (const kind of ['dragenter', 'dragover', 'drop']) {
      at.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    }";

async fn drops(browser: &Browser, file: &[u8], name: &str) {
    let content = BASE64_STANDARD.encode(file);
    browser.client.execute(DROP, vec![json!(content), json!(name)]).await.unwrap();
}

#[test]
fn a_pack_that_is_dropped_is_checked() {
    let ledger = Ledger::new();
    let server: Server = ledger.serve_with(&["--checkpoint-key", &ledger.checkpoint_key()]);
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &on(2, "first", json!({})));
    close(&server, &keys.live);
    let issued = report(&server, &keys.live, json!({}));
    let pack = form(&server, &keys.live, &issued, "evidence");
    let wrong = forged(&pack, "events.ndjson", "\"output_tokens\":400", "\"output_tokens\":401");
    let page = format!("{}/verify", server.url);
    with_driver(async |driver| {
        let browser = driver.browser().await;
        browser.open(&page).await;
        browser.sees("You can also drop the file here.").await;
        drops(&browser, &pack, "evidence.zip").await;
        browser.sees("Verified: evidence.zip").await;
        browser.sees("with the key of this server").await;
        let axe = axe();
        for (width, scheme) in [(1_280, "light"), (1_280, "dark"), (360, "light")] {
            browser.looks(width, scheme).await;
            is_accessible(&browser, &axe, "a file that is right").await;
            let over = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.run(over).await, 0, "scrolls sideways at {width}");
        }
        drops(&browser, &wrong, "forged.zip").await;
        browser.sees("Not verified: forged.zip").await;
        browser.sees("events.ndjson, row 1").await;
        is_accessible(&browser, &axe, "a file that is wrong").await;
        // Chosen, in another language, without a script.
        browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
        browser.open(&format!("{page}?language=de")).await;
        let file = kept(&pack);
        let field = browser.client.find(Locator::Css("#file")).await.unwrap();
        field.send_keys(file.path().to_str().unwrap()).await.unwrap();
        browser.click("form button.primary").await;
        browser.sees("Bestätigt: ").await;
        browser.close().await;
    });
}
