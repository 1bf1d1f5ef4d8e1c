//! A provider's usage export compared with the ledger.

use crate::{
    import::{export, text},
    ledger::Ledger,
    server::Server,
};
use serde_json::{Value, json};

#[test]
fn a_bill_is_compared_with_the_ledger() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let bill = export(&ledger, "openai_usage.json");
    let track = |model: &str, provider: &str, day: &str, input: u64, output: u64| {
        let event = json!({"tenant_id": "t", "model": model, "provider": provider, "input_tokens": input,
                           "output_tokens": output, "timestamp": format!("{day}T12:00:00Z")});
        server.track(&keys.live, &event);
    };
    // All of one day; half of another; twice as much; and one that is not billed.
    track("gpt-4o", "openai", "2026-10-05", 281_732, 41_230);
    track("gpt-5-mini", "openai", "2026-10-05", 80_992, 96_889);
    track("gpt-4o-mini", "openai", "2026-10-05", 1_024_000, 128_000);
    track("gpt-5", "OpenAI", "2026-10-07", 10, 10);
    // Other providers.
    track("gpt-4o", "azure", "2026-10-06", 1_000_000, 1);
    track("mistral-large-2", "mistral", "2026-10-06", 1_000_000, 1);
    let run = |arguments: &[&str]| {
        let mut all = vec!["reconcile", "--bill", bill.to_str().unwrap()];
        all.extend(arguments);
        let output = ledger.run(&all);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    // While the server runs, which has the last sums in memory.
    let found: Value = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!((&found["from"], &found["to"]), (&json!("2026-10-05"), &json!("2026-10-07")));
    assert_eq!(found["left_out"], json!({"names no model: group the export by model": 1}));
    let gaps: Vec<_> = found["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| {
            let word = |name: &str| gap[name].as_str().unwrap();
            (
                word("kind"),
                word("model"),
                word("day"),
                gap["billed_tokens"].as_u64().unwrap(),
                gap["tracked_tokens"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        gaps,
        [
            ("more_than_billed", "gpt-4o-mini", "2026-10-05", 576_000, 1_152_000),
            ("partly_tracked", "gpt-5-mini", "2026-10-05", 355_762, 177_881),
            ("not_tracked", "gpt-5", "2026-10-06", 106_264, 0),
            ("not_tracked", "gpt-6-luna", "2026-10-06", 100_864, 0),
            ("not_tracked", "gpt-4o", "2026-10-07", 69_846, 0),
            ("not_billed", "gpt-5", "2026-10-07", 0, 20),
        ]
    );
    let of = |model: &str| {
        found["models"].as_array().unwrap().iter().find(|of| of["model"] == model).unwrap().clone()
    };
    assert_eq!(
        (&of("gpt-5-mini")["tracked_share"], &of("gpt-4o-mini")["tracked_share"]),
        (&json!(0.5), &json!(1.0))
    );
    // Double counting does not hide a gap: 322,962 + 177,881 + 576,000 of 1,531,698.
    assert_eq!((&found["billed_tokens"], &found["matched_tokens"]), (&json!(1_531_698), &json!(1_076_843)));
    assert_eq!(
        (&found["providers"][0]["provider"], found["providers"].as_array().unwrap().len()),
        (&json!("openai"), 1)
    );
    let words = run(&[]);
    assert!(
        words.contains("gpt-5-mini") && words.contains("50.0 % tracked: 177881 of 355762 tokens"),
        "{words}"
    );
    assert!(
        words.contains("1 row of the export ignored: names no model: group the export by model"),
        "{words}"
    );
    let other = ledger.run(&["reconcile", "--bill", concat!(env!("CARGO_MANIFEST_DIR"), "/LICENSE")]);
    assert!(
        text(&other.stderr).contains(
            "is not recognised as a usage export or bill from OpenAI, Anthropic, AWS, Azure or Google Cloud"
        ),
        "{}",
        text(&other.stderr)
    );
    drop(Server::stop(server));
}
