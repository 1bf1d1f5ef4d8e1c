//! Windows from the files of CodeCarbon and Zeus.

use crate::server::{Keys, Server, binary};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::{fs, path::Path, process::Command};

fn measure(server: &Server, keys: &Keys, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(binary())
        .args(["measure", "--model", "prod-llama", "--url", &server.url])
        .args(arguments)
        .env("CARBON_API_KEY", &keys.live)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn written(folder: &Path, name: &str, lines: &[String]) -> String {
    let path = folder.join(name);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    path.to_str().unwrap().to_owned()
}

/// A whole hour of yesterday.
fn hour(hour: i64) -> Timestamp {
    let today = Timestamp::now().as_second().div_euclid(86_400);
    Timestamp::from_second((today - 1) * 86_400 + hour * 3_600).unwrap()
}

/// As CodeCarbon writes times: where it runs, without an offset.
fn local(at: Timestamp, hours_ahead: i64) -> String {
    let there = at.checked_add(SignedDuration::from_hours(hours_ahead)).unwrap();
    there.to_string().trim_end_matches('Z').to_owned()
}

#[test]
fn codecarbons_emissions_become_windows_with_tokens_from_a_second_file() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let folder = tempfile::tempdir().unwrap();
    let header = "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name";
    let row = |run: &str, at: i64, gpu_kwh: &str| {
        format!(
            "{},chat,{run},e,600.5,0.1,0.0001,42.5,300.0,10.0,0.004,{gpu_kwh},0.001,0.055,France",
            local(hour(at), 2)
        )
    };
    let rows = [
        header.to_owned(),
        row("r-1", 10, "0.05"),
        row("r-2", 11, "0.06"),
        row("r-3", 12, ""),
        row("r-4", 13, "0.01"),
    ];
    let file = written(folder.path(), "emissions.csv", &rows);
    let tokens =
        ["run_id,input_tokens,output_tokens,requests", "r-1,1000,300,4", "r-2,2000.0,600,8", "r-3,1,1,1"];
    let tokens = written(folder.path(), "tokens.csv", &tokens.map(str::to_owned));
    let arguments =
        ["--file", &file, "--format", "codecarbon", "--tokens-file", &tokens, "--offset", "+02:00"];
    let (done, said) = measure(&server, &keys, &arguments);
    assert!(done, "{said}");
    assert!(said.contains("2 new windows") && said.contains("2 could not be used"), "{said}");
    assert!(said.contains("row 3: /accelerator_joules is missing"), "{said}");
    assert!(said.contains("row 4: run_id r-4 is not in the file of tokens"), "{said}");
    let sum = |column: &str| ledger.count(&format!("select sum({column}) from energy_window"));
    assert_eq!([sum("accelerator_uj"), sum("host_uj")], [396_000_000_000, 36_000_000_000]);
    assert_eq!([sum("input_tokens"), sum("output_tokens"), sum("requests")], [3_000, 900, 12]);
    assert_eq!(ledger.count("select count(*) from energy_window where cache_read_input_tokens is null"), 2);
    assert_eq!(
        ledger.count("select max(to_ms) from energy_window"),
        u64::try_from(hour(11).as_millisecond()).unwrap()
    );
    assert_eq!(sum("to_ms - from_ms"), 2 * 600_500);
    let (_, said) = measure(&server, &keys, &arguments);
    assert!(said.contains("0 new windows") && said.contains("2 were already sent"), "{said}");
}

#[test]
fn zeus_windows_are_read_from_its_log_and_from_json() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let folder = tempfile::tempdir().unwrap();
    let start = u64::try_from(hour(3).as_second()).unwrap();
    let rows = [
        "start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy,input_tokens,output_tokens,cache_read_input_tokens".to_owned(),
        format!("{start}.25,step-1,10.5,1000.5,2000.25,500,50,100"),
        format!("{},step-2,10.5,1000.0,,500,50,100", start + 60),
    ];
    let file = written(folder.path(), "zeus.csv", &rows);
    let (done, said) = measure(&server, &keys, &["--file", &file, "--format", "zeus"]);
    assert!(done && said.contains("1 new windows"), "{said}");
    // A device that was not read is not zero.
    assert!(said.contains("row 2: /accelerator_joules is missing"), "{said}");
    let sum = |column: &str| ledger.count(&format!("select sum({column}) from energy_window"));
    assert_eq!(sum("accelerator_uj"), 3_000_750_000);
    assert_eq!([sum("from_ms"), sum("to_ms")], [start * 1_000 + 250, start * 1_000 + 10_750]);

    let json = json!([{"window_name": "a", "start_time": start + 100, "time": 20, "gpu_energy": {"0": 10, "1": 20.5},
                       "cpu_energy": {"0": 5}, "dram_energy": {"0": 1}, "input_tokens": 7, "output_tokens": 9}]);
    let file = written(folder.path(), "zeus.json", &[json.to_string()]);
    let (done, said) = measure(&server, &keys, &["--file", &file, "--format", "zeus", "--meter", "bench"]);
    assert!(done, "{said}");
    let of_bench = |column: &str| {
        ledger.count(&format!(
            "select {column} from energy_window where meter = 'bench' and scope = 'accelerator_and_host'"
        ))
    };
    assert_eq!(
        [of_bench("accelerator_uj"), of_bench("host_uj"), of_bench("output_tokens")],
        [30_500_000, 6_000_000, 9]
    );

    let none = written(folder.path(), "none.csv", &["a,b".to_owned(), "1,2".to_owned()]);
    let (done, said) = measure(&server, &keys, &["--file", &none, "--format", "zeus"]);
    assert!(!done && said.contains("row 1: start_time is missing"), "{said}");
}
