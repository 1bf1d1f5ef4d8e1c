//! What calls take and give besides text: counted by its own names, and valued by no rate of text.

use crate::{
    import::{file, import, ledger},
    report_evidence::{close, form, kept, report, text, verify},
    server::{Keys, ROOT, Server, with},
    time::{first, month, on},
};
use serde_json::{Value, json};
use std::process::Command;

/// The account's totals of the month, as the API states them.
fn totals(server: &Server, keys: &Keys) -> Value {
    let days = format!("from={}&to={}", first(), first().last_of_month());
    server.get(&format!("/api/v1/usage?{days}"), Some(&keys.live)).json()["total"].clone()
}

/// A call without tokens.
fn made(event_id: &str, changes: Value) -> Value {
    let mut event = with(on(5, event_id, json!({})), changes);
    for tokens in ["prompt_tokens", "completion_tokens"] {
        event.as_object_mut().unwrap().remove(tokens);
    }
    event
}

#[test]
fn what_is_not_text_is_counted_by_its_own_names() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let images = json!({"model": "dall-e-3", "images": 2, "image_size": "1024x1024"});
    let unknown = server.track(&keys.live, &made("images", images.clone()));
    assert_eq!(
        (&unknown["co2_grams"], &unknown["confidence"]),
        (&Value::Null, &json!("unknown")),
        "{unknown}"
    );
    let video =
        json!({"model": "sora-2", "video_seconds": 8.5, "video_size": "1280x720", "audio_seconds": 8.5});
    assert_eq!(server.track(&keys.live, &made("video", video))["co2_grams"], Value::Null);
    // A known model has a rate of text, and nothing of images.
    let alone = server.track(&keys.live, &made("alone", json!({"images": 1})));
    assert_eq!((&alone["co2_grams"], &alone["method"]), (&Value::Null, &Value::Null), "{alone}");
    let tokens = |more: Value| with(json!({"prompt_tokens": 600, "completion_tokens": 400}), more);
    let text_alone = server.track(&keys.live, &on(5, "text", tokens(json!({"completion_tokens": 100}))));
    let parts =
        tokens(json!({"input_image_tokens": 250, "input_audio_tokens": 350, "output_image_tokens": 100,
                              "output_audio_tokens": 200, "reasoning_output_tokens": 100}));
    let mixed = server.track(&keys.live, &on(5, "mixed", parts.clone()));
    assert_eq!(
        mixed["co2_grams"], text_alone["co2_grams"],
        "output of images and sound is not valued as text"
    );
    assert_eq!(server.track(&keys.live, &on(5, "mixed", parts.clone()))["duplicate"], true);
    let other = with(parts, json!({"output_audio_tokens": 199}));
    assert_eq!(server.post("/api/v1/track", Some(&keys.live), &on(5, "mixed", other)).status, 409);
    let found = totals(&server, &keys);
    let media = json!({
        "input_image_tokens": 250, "input_audio_tokens": 350, "output_image_tokens": 100, "output_audio_tokens": 200,
        "images": 3, "image_pixels": 2_097_152, "video_ms": 8_500, "video_pixel_s": 7_833_600, "audio_ms": 8_500,
    });
    assert_eq!(found["media"], media, "{found}");
    assert_eq!((&found["requests"], &found["output_tokens"]), (&json!(5), &json!(500)));
    // Of five calls three have neither tokens nor a value.
    let rows = ledger.rows("select coalesce(media, '') from event order by event_key");
    assert_eq!(
        rows,
        [
            ["images=2,image_pixels=2097152"],
            ["video_ms=8500,video_pixel_s=7833600,audio_ms=8500"],
            ["images=1"],
            [""],
            ["input_image_tokens=250,input_audio_tokens=350,output_image_tokens=100,output_audio_tokens=200"]
        ]
    );
    for id in ["images", "video", "alone", "mixed"] {
        let reply = server.post(&format!("/api/v1/events/{id}/reversal"), Some(&keys.live), &json!({}));
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(
        ledger.rows("select media from event where event_key = 6"),
        [["images=-2,image_pixels=-2097152"]]
    );
    let found = totals(&server, &keys);
    assert_eq!((found.get("media"), &found["requests"]), (None, &json!(1)), "{found}");
    server.stop();
    ledger.check();
}

#[test]
fn what_cannot_be_is_refused_by_its_field() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for (changes, field) in [
        (json!({"image_size": "1024x1024"}), "/image_size"),
        (json!({"images": 1, "image_size": "large"}), "/image_size"),
        (json!({"images": 1, "image_size": "65537x1"}), "/image_size"),
        (json!({"images": 1_000_000, "image_size": "65536x65536"}), "/image_size"),
        (json!({"images": 1_000_001}), "/images"),
        (json!({"images": -1}), "/images"),
        (json!({"images": 1.5}), "/images"),
        (json!({"video_size": "1280x720"}), "/video_size"),
        (json!({"video_seconds": 8, "video_size": "720p"}), "/video_size"),
        (json!({"video_seconds": -1}), "/video_seconds"),
        (json!({"video_seconds": 10_000_001}), "/video_seconds"),
        (json!({"audio_seconds": 0.0001}), "/audio_seconds"),
        (json!({"audio_seconds": "8"}), "/audio_seconds"),
        (json!({"input_image_tokens": 601}), "/input_image_tokens"),
        (json!({"input_image_tokens": 300, "input_audio_tokens": 301}), "/input_audio_tokens"),
        (json!({"output_image_tokens": 401}), "/output_image_tokens"),
        (json!({"output_audio_tokens": 401}), "/output_audio_tokens"),
        (json!({"output_image_tokens": -1}), "/output_image_tokens"),
    ] {
        let event = on(5, "e", changes);
        for (path, key) in [("/api/v1/track", Some(keys.live.as_str())), ("/api/v1/estimate", None)] {
            let mut body = event.clone();
            if key.is_none() {
                body.as_object_mut().unwrap().remove("tenant_id");
            }
            let problem = server.post(path, key, &body).problem(422);
            assert!(problem.to_string().contains(field), "{body}: {problem}");
        }
    }
    // Tokens stay required where nothing is made, and parts need their whole.
    for (changes, field) in [
        (json!({"input_audio_tokens": 5}), "/prompt_tokens"),
        (json!({"images": 1, "input_image_tokens": 5}), "/input_image_tokens"),
        (json!({"images": 0}), "/prompt_tokens"),
    ] {
        let problem = server.post("/api/v1/track", Some(&keys.live), &made("e", changes)).problem(422);
        assert!(problem.to_string().contains(field), "{problem}");
    }
    let usage = json!({"usage": {"prompt_tokens": 5, "completion_tokens": 5}, "input_image_tokens": 1});
    let problem = server.post("/api/v1/track", Some(&keys.live), &made("e", usage)).problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/usage", "{problem}");
    let usage = json!({"usage": {"prompt_tokens": 5, "completion_tokens": 5, "prompt_audio_seconds": 3}, "images": 2,
                       "audio_seconds": 2.5});
    server.track(&keys.live, &made("e", usage));
    assert_eq!(ledger.rows("select media from event"), [["images=2,audio_ms=2500"]]);
    ledger.check();
}

#[test]
fn an_estimate_says_what_is_not_in_it() {
    let (_ledger, server) = Server::alone();
    let estimate = |changes: Value| {
        let call = with(json!({"model": "gpt-4o", "input_tokens": 600, "output_tokens": 400}), changes);
        server.post("/api/v1/estimate", None, &call).json()
    };
    let said = |answer: &Value, text: &str| {
        answer["caveats"].as_array().unwrap().iter().any(|caveat| caveat.as_str().unwrap().contains(text))
    };
    let sound = estimate(json!({"output_audio_tokens": 150}));
    let sentence = "150 output tokens stand for images or sound, to which no rate of text applies: they are not in this figure.";
    assert!(said(&sound, sentence), "{sound}");
    let text = estimate(json!({"output_tokens": 250}));
    assert!(!said(&text, "images or sound"), "{text}");
    assert_eq!(sound["methods"][0]["co2_grams"], text["methods"][0]["co2_grams"]);
    let images = estimate(json!({"input_tokens": 0, "output_tokens": 0, "images": 1}));
    assert_eq!(images["methods"], json!([]), "{images}");
    assert!(said(&images, "Images, video and sound have no rate"), "{images}");
}

#[test]
fn a_report_counts_what_is_not_text_and_two_programs_compute_it_again() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let tags = json!({"tags": {"feature": "chat"}});
    let sound = json!({"output_audio_tokens": 150, "audio_seconds": 12.5, "calls": 4});
    server.track(&keys.live, &on(2, "sound", with(sound, tags.clone())));
    server.track(
        &keys.live,
        &made("made", with(json!({"model": "dall-e-3", "images": 2, "image_size": "512x512"}), tags)),
    );
    server.track(&keys.live, &on(3, "taken", json!({"output_image_tokens": 400, "images": 1})));
    server.post("/api/v1/events/taken/reversal", Some(&keys.live), &json!({}));
    server.track(&keys.live, &on(9, "text", json!({"model": "mistral-large-2"})));
    close(&server, &keys.live);
    let report = report(&server, &keys.live, json!({}));
    let statement: Value = serde_json::from_slice(&form(&server, &keys.live, &report, "statement")).unwrap();
    let media = json!({"output_audio_tokens": 150, "images": 2, "image_pixels": 524_288, "audio_ms": 12_500});
    assert_eq!(statement["total"]["media"], media, "{}", statement["total"]);
    // One of the two calls that are not text has a value.
    assert_eq!(statement["coverage"]["ratio"], "0.5", "{}", statement["coverage"]);
    let unknown = &statement["unknown_models"][0];
    assert_eq!(unknown["name"], "dall-e-3", "{unknown}");
    assert_eq!(unknown["upper_bound_co2_grams"], Value::Null, "no table of text bounds an image");
    let lines = String::from_utf8(form(&server, &keys.live, &report, "lines")).unwrap();
    assert!(lines.lines().next().unwrap().ends_with(
        ",context_unknown_tokens,input_image_tokens,input_audio_tokens,output_image_tokens,output_audio_tokens,images,image_pixels,video_ms,video_pixel_s,audio_ms"
    ));
    assert!(lines.lines().nth(1).unwrap().ends_with(",0,0,0,150,2,524288,0,0,12500"), "{lines}");
    let pack = kept(&form(&server, &keys.live, &report, "evidence"));
    let output = verify(pack.path(), &["--json"]);
    assert!(output.status.success(), "{}", text(&output));
    let script = format!("{ROOT}/carbon-report/scripts/verify_pack.py");
    let other = Command::new("python3").arg(script).arg(pack.path()).output().unwrap();
    assert!(other.status.success(), "{}", text(&other));
    // What comes late is an adjustment, and a restatement names the difference.
    server.track(&keys.live, &made("late", json!({"model": "dall-e-3", "images": 3})));
    server.post("/api/v1/events/sound/reversal", Some(&keys.live), &json!({}));
    let wish = json!({"month": month(), "reason": "late images"});
    let restated = server.post("/api/v1/restatements", Some(&keys.live), &wish);
    assert_eq!(restated.status, 201, "{}", restated.text());
    let difference = &restated.json()["tenants"][0]["difference"]["media"];
    assert_eq!(*difference, json!({"output_audio_tokens": -150, "images": 3, "audio_ms": -12_500}));
    server.stop();
    ledger.check();
}

#[test]
fn a_table_has_columns_of_what_is_not_text() {
    let ledger = ledger();
    let table = "tenant_id,model,timestamp,input_tokens,output_tokens,output_audio_tokens,images,image_size,video_seconds,video_size,audio_seconds\n\
                 t,gpt-4o,2026-10-05 10:00:00,60,40,10,,,,,1.5\n\
                 t,dall-e-3,2026-10-05 10:00:00,,,,2,16x16,,,\n\
                 t,sora-2,2026-10-05 10:00:00,,,,,,4,10x10,\n\
                 t,gpt-4o,2026-10-05 10:00:00,,,,,,,,\n";
    let path = file(&ledger, "media.csv", table);
    let outcome = import(&ledger, &path, &["--format", "csv"]);
    assert_eq!((&outcome["accepted"], &outcome["rejected"]), (&json!(3), &json!(1)), "{outcome}");
    let rows = ledger.rows("select media from event order by event_key");
    assert_eq!(
        rows,
        [
            ["output_audio_tokens=10,audio_ms=1500"],
            ["images=2,image_pixels=512"],
            ["video_ms=4000,video_pixel_s=400"]
        ]
    );
    // No count of tokens where every row is of images.
    let path =
        file(&ledger, "images.csv", "tenant_id,model,timestamp,images\nt,dall-e-3,2026-10-06 10:00:00,5\n");
    assert_eq!(import(&ledger, &path, &["--format", "csv"])["accepted"], 1);
    ledger.check();
}
