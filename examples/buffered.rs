//! A client that never makes its product wait: events are buffered, sent in batches, and sent again under the same ids
//! until the tracker has taken them. `CARBON_URL` and `CARBON_KEY` as in `track.rs`.

#![expect(clippy::print_stdout, reason = "an example shows what it got")]

use serde_json::{Value, json};
use std::{env, iter, sync::mpsc, thread, time::Duration};

/// Sends what is buffered until the product has ended; how many events were taken.
fn send_all(buffer: &mpsc::Receiver<Value>, url: &str, key: &str) -> u64 {
    const EVENTS_MAX: usize = 1_000;
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10)));
    let agent = config.build().new_agent();
    let mut taken = 0;
    while let Ok(first) = buffer.recv() {
        let batch: Value = iter::once(first).chain(buffer.try_iter().take(EVENTS_MAX - 1)).collect();
        let mut pause = Duration::from_millis(100);
        let answer = loop {
            let request = agent.post(format!("{url}/api/v1/track/batch"));
            let reply = request.header("authorization", format!("Bearer {key}")).send_json(&batch);
            match reply.and_then(|mut reply| reply.body_mut().read_json::<Value>()) {
                Ok(answer) => break answer,
                Err(error) => eprintln!("sent again in {pause:?}: {error}"),
            }
            thread::sleep(pause);
            pause = (2 * pause).min(Duration::from_secs(30));
        };
        // What was counted although its answer was lost is a duplicate now.
        taken += ["accepted", "duplicates"].iter().filter_map(|count| answer[count].as_u64()).sum::<u64>();
    }
    taken
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, key) = (env::var("CARBON_URL")?, env::var("CARBON_KEY")?);
    let (tracker, buffer) = mpsc::channel();
    let sender = thread::spawn(move || send_all(&buffer, &url, &key));
    let run = std::process::id();
    for call in 0..300 {
        // Returns at once, whatever the tracker does.
        tracker.send(json!({
            "event_id": format!("{run}-{call}"), "tenant_id": "client-xyz", "model": "gpt-4o",
            "prompt_tokens": 600, "completion_tokens": 400,
        }))?;
        // Where the product does its work.
        thread::sleep(Duration::from_millis(5));
    }
    drop(tracker);
    println!("{} events taken", sender.join().map_err(|_| "the sender panicked")?);
    Ok(())
}
