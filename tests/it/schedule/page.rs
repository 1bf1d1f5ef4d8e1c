//! The page of the schedule does what the API does, and says what is wrong at its field.

use super::SCHEDULE;
use crate::{
    server::{Server, call, with},
    visitor::Visitor,
};
use serde_json::json;
use url::form_urlencoded::Serializer;

const PATH: &str = "/app/report-schedule";

#[test]
fn a_schedule_is_set_changed_and_removed_on_its_page() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for tenant_id in ["<b>one</b>", "two"] {
        server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": tenant_id})));
    }
    let visitor = Visitor::logs_in(&server, "a@example.com");
    assert!(visitor.opens("/app/reports").text().contains("href=\"/app/report-schedule\""));
    let page = visitor.opens(PATH).text();
    assert!(page.contains("There was none yet.") && !page.contains("Remove the schedule"), "{page}");
    let send = |path: &str, fields: &[(&str, &str)]| {
        visitor.sends(path, &Serializer::new(String::new()).extend_pairs(fields).finish())
    };
    let wrong = [
        ("day_of_month", "31"),
        ("tenant_ids", "two\nthree"),
        ("languages", "en, xx"),
        ("coverage_min", "95 %"),
    ];
    let reply = send(PATH, &wrong[..3]);
    let page = reply.text();
    assert_eq!(reply.status, 422, "{page}");
    for fault in ["Must be 1 to 28.", "No. 2 must be one of en, fr, de, it, es, nl, pl", "aria-invalid"] {
        assert!(page.contains(fault), "{fault}: {page}");
    }
    assert!(send(PATH, &wrong).text().contains("Must be a number such as 0.95."));
    server.get(SCHEDULE, Some(&keys.live)).problem(404);

    let fields = [
        ("day_of_month", "5"),
        ("close_month", "yes"),
        ("languages", "de, en"),
        ("tenant_ids", "two\r\n<b>one</b>\r\n"),
        ("coverage_min", "0.9"),
        ("year_ends_in", "3"),
    ];
    let reply = send(PATH, &fields);
    assert_eq!((reply.status, reply.header("location")), (303, Some(PATH)), "{}", reply.text());
    let kept = server.get(SCHEDULE, Some(&keys.live)).json();
    assert_eq!(kept["tenant_ids"], json!(["<b>one</b>", "two"]));
    assert_eq!((&kept["languages"], &kept["close_month"]), (&json!(["de", "en"]), &json!(true)));
    // What is shown can be sent again.
    let page = visitor.opens(PATH).text();
    assert!(page.contains("&#60;b&#62;one&#60;/b&#62;\ntwo"), "{page}");
    assert!(page.contains("value=\"de, en\"") && page.contains("value=\"0.9\""), "{page}");
    assert!(page.contains("There is no webhook"), "{page}");
    // A run that has failed, with what to do.
    ledger.execute(
        "insert into schedule_run (schedule_run_key, account_key, run_id, month, state, problem, what_to_do, started_at_ms,
                                   changed_at_ms, takes)
         select 1, account_key, 'r-1', '2026-09', 'failed', 'One report could not be made.', 'Run it again.', 0, 0, 1 from account",
    );
    let page = visitor.opens(PATH).text();
    assert!(
        page.contains("September 2026") && page.contains("One report could not be made. Run it again."),
        "{page}"
    );
    let reply = send(&format!("{PATH}/runs/2026-09/skip"), &[]);
    assert_eq!((reply.status, reply.header("location")), (303, Some(PATH)), "{}", reply.text());
    assert!(visitor.opens(PATH).text().contains(">skipped</span>"));
    let again = send(&format!("{PATH}/runs/2026-09/skip"), &[]);
    assert_eq!(again.status, 409);
    assert!(again.text().contains("it cannot be skipped"), "{}", again.text());
    assert_eq!(send(&format!("{PATH}/remove"), &[]).status, 303);
    server.get(SCHEDULE, Some(&keys.live)).problem(404);
    assert_eq!(send(&format!("{PATH}/remove"), &[]).status, 404);
}
