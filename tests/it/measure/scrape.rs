//! `carbon-server measure` against recorded metrics of every exporter and server that it knows.

use crate::{
    measure::recorded::Recorded,
    server::{Keys, Server, binary},
};
use serde_json::{Value, json};
use std::{
    io::Read,
    process::{Command, Output},
};

/// The command, with windows of a second.
fn measure(arguments: &[&str], url: &str, key: &str) -> Output {
    let mut command = Command::new(binary());
    command
        .args(["measure", "--model", "prod-llama", "--url", url])
        .args(arguments)
        .env("CARBON_API_KEY", key);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Windows that a stub was sent, in one request after the other.
fn windows(stub: &Recorded) -> Vec<Vec<Value>> {
    let read = |body: &Vec<u8>| {
        let mut lines = String::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut lines).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    stub.bodies().iter().map(read).collect()
}

fn stub() -> Recorded {
    Recorded::texts([json!({"accepted": 1, "duplicates": 0, "rejected": []}).to_string()])
}

/// The windows that scrapes give, one for each pair of texts after the first.
fn scraped(energy: &[String], tokens: &[String], arguments: &[&str]) -> (Vec<Value>, String) {
    let stub = stub();
    let (energy, count) = (Recorded::texts(energy.to_vec()), energy.len() - 1);
    let tokens = Recorded::texts(tokens.to_vec());
    let (energy_url, tokens_url) = (format!("{}/metrics", energy.url), format!("{}/metrics", tokens.url));
    let count = count.to_string();
    let mut all = vec!["--energy", &energy_url, "--tokens", &tokens_url, "--window", "1s", "--step", "1s"];
    if !arguments.contains(&"--count") {
        all.extend(["--count", &count]);
    }
    all.extend(arguments);
    let output = measure(&all, &stub.url, "isv_live_x");
    assert!(output.status.success(), "{}", text(&output.stderr));
    (windows(&stub).into_iter().flatten().collect(), text(&output.stdout))
}

/// What DCGM's exporter says of two devices: millijoules since boot, and watts.
fn dcgm(millijoules: [u64; 2]) -> String {
    let mut text = "\
# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).
# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"GPU-aa\",device=\"nvidia0\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"gpu-1\"} 412.5
DCGM_FI_DEV_POWER_USAGE{gpu=\"1\",UUID=\"GPU-bb\",device=\"nvidia1\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"gpu-1\"} 98.1
# HELP DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION Total energy consumption since boot (in mJ).
# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter
"
    .to_owned();
    for (gpu, (uuid, millijoules)) in ["GPU-aa", "GPU-bb"].iter().zip(millijoules).enumerate() {
        text += &format!(
            "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{{gpu=\"{gpu}\",UUID=\"{uuid}\",device=\"nvidia{gpu}\",modelName=\"NVIDIA H100 80GB HBM3\",Hostname=\"gpu-1\"}} {millijoules}\n"
        );
    }
    text
}

/// What vLLM says of two models: prompt, cached and generated tokens of one, and its calls.
fn vllm([prompt, cached, generated, calls]: [u64; 4]) -> String {
    format!(
        "\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{{engine=\"0\",model_name=\"prod-llama\"}} 3.0
# HELP vllm:prefix_cache_hits_total Prefix cache hits, in terms of number of cached tokens.
# TYPE vllm:prefix_cache_hits_total counter
vllm:prefix_cache_hits_total{{engine=\"0\",model_name=\"prod-llama\"}} {cached}.0
vllm:prefix_cache_hits_total{{engine=\"0\",model_name=\"other\"}} 5.0
# HELP vllm:prompt_tokens_total Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{{engine=\"0\",model_name=\"prod-llama\"}} {prompt}.0
vllm:prompt_tokens_total{{engine=\"0\",model_name=\"other\"}} 900.0
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{{engine=\"0\",model_name=\"prod-llama\"}} {generated:e}
vllm:generation_tokens_total{{engine=\"0\",model_name=\"other\"}} 90.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{{engine=\"0\",finished_reason=\"stop\",model_name=\"prod-llama\"}} {calls}.0
vllm:request_success_total{{engine=\"0\",finished_reason=\"length\",model_name=\"prod-llama\"}} 0.0
vllm:time_to_first_token_seconds_bucket{{engine=\"0\",le=\"+Inf\",model_name=\"prod-llama\"}} {calls}
"
    )
}

#[test]
fn scrapes_of_dcgm_and_vllm_become_windows_of_the_tracker() {
    let (ledger, server) = Server::alone();
    let keys: Keys = server.sign_up("a@example.com");
    let energy = Recorded::texts([
        dcgm([5_000_000, 1_000_000]),
        dcgm([5_400_000, 1_100_000]),
        dcgm([5_900_000, 1_200_000]),
        dcgm([6_500_500, 1_300_000]),
    ]);
    let tokens = Recorded::texts([
        vllm([10_000, 2_000, 1_000, 10]),
        vllm([12_000, 2_500, 1_400, 14]),
        vllm([15_000, 4_500, 2_000, 20]),
        vllm([15_000, 4_500, 2_000, 20]),
    ]);
    let urls = [format!("{}/metrics", energy.url), format!("{}/metrics", tokens.url)];
    let flags = ["--energy", &urls[0], "--tokens", &urls[1], "--window", "1s", "--count", "3"];
    let first = [&flags[..], &["--energy-label", "gpu=0", "--meter", "gpu-1"]].concat();
    let output = measure(&first, &server.url, &keys.live);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("accelerators: DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION, 1 series\n"), "{said}");
    assert!(said.contains("tokens: vllm:generation_tokens_total of vLLM\n"), "{said}");
    assert!(said.contains("400 J, 2000 input tokens (500 cached), 400 output tokens"), "{said}");
    let shown = server.get("/api/v1/measurements/prod-llama", Some(&keys.live)).json();
    assert_eq!(
        (&shown["windows"]["count"], &shown["windows"]["with_tokens"]),
        (&json!(3), &json!(2)),
        "{said}"
    );
    assert_eq!(
        (&shown["windows"]["meters"], &shown["windows"]["scopes"]),
        (&json!(["gpu-1"]), &json!(["accelerator"]))
    );
    for (sum, expect) in [
        ("accelerator_uj", 1_500_500_000),
        ("input_tokens", 5_000),
        ("cache_read_input_tokens", 2_500),
        ("output_tokens", 1_000),
        ("requests", 10),
    ] {
        assert_eq!(ledger.count(&format!("select sum({sum}) from energy_window")), expect, "{sum}");
    }
    // One window ends where the next begins.
    let joined = "select count(*) from energy_window as a join energy_window as b on a.to_ms = b.from_ms";
    assert_eq!(ledger.count(joined), 2);
}

#[test]
fn a_window_in_which_a_counter_began_again_is_not_sent() {
    let energy = [[0, 0], [100_000, 0], [200_000, 0], [50_000, 0], [80_000, 0]].map(dcgm);
    let counts =
        [[100, 0, 100, 1], [200, 0, 200, 2], [50, 0, 50, 1], [90, 0, 90, 2], [190, 0, 190, 3]].map(vllm);
    let (windows, said) = scraped(&energy, &counts, &["--count", "2"]);
    let joules: Vec<&Value> = windows.iter().map(|window| &window["accelerator_joules"]).collect();
    assert_eq!(joules, [&json!(100), &json!(30)]);
    assert!(said.contains("was not sent: input tokens: the counter began again"), "{said}");
    assert!(
        said.contains("was not sent: DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: the counter began again"),
        "{said}"
    );
    assert_eq!(windows[1]["input_tokens"], 100);
}

#[test]
fn a_window_goes_on_until_its_counters_agree() {
    let energy = [0, 100_000, 300_000, 600_000].map(|millijoules| dcgm([millijoules, 0]));
    // The hits of a call that has not ended stand before its prompt.
    let counts = [[0, 0, 0, 0], [0, 800, 0, 0], [1_000, 800, 50, 1], [1_000, 800, 50, 1]].map(vllm);
    let (windows, _) = scraped(&energy, &counts, &["--count", "1"]);
    assert_eq!(windows[0]["accelerator_joules"], 300);
    assert_eq!(
        (&windows[0]["input_tokens"], &windows[0]["cache_read_input_tokens"]),
        (&json!(1_000), &json!(800))
    );
}

fn milliseconds(window: &Value, edge: &str) -> i64 {
    window[edge].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[test]
fn watts_are_added_up_over_their_time_and_it_is_said() {
    let smi = |watts: [f64; 2]| {
        format!(
            "# TYPE nvidia_smi_power_draw_watts gauge\nnvidia_smi_power_draw_watts{{uuid=\"aa\"}} {}\nnvidia_smi_power_draw_watts{{uuid=\"bb\"}} {}\n",
            watts[0], watts[1]
        )
    };
    let tgi = |input: u64, generated: u64| {
        format!(
            "# TYPE tgi_request_input_length histogram\ntgi_request_input_length_bucket{{le=\"100\"}} 1\ntgi_request_input_length_sum {input}\ntgi_request_input_length_count 4\ntgi_request_generated_tokens_sum {generated}\ntgi_request_generated_tokens_count 4\ntgi_request_success 4\n"
        )
    };
    let (windows, said) =
        scraped(&[smi([300.0, 60.0]), smi([300.0, 60.0])], &[tgi(100, 10), tgi(350, 60)], &[]);
    let window = &windows[0];
    #[expect(clippy::cast_precision_loss, reason = "a second or two")]
    let seconds = (milliseconds(window, "to") - milliseconds(window, "from")) as f64 / 1e3;
    let joules = window["accelerator_joules"].as_f64().unwrap();
    assert!((joules - 360.0 * seconds).abs() < 1e-5, "{joules} in {seconds} s");
    assert!(
        said.contains("nvidia_smi_power_draw_watts, 2 series, watts that are read every 1 s and added up"),
        "{said}"
    );
    assert_eq!(
        (&window["input_tokens"], &window["output_tokens"], &window["requests"]),
        (&json!(250), &json!(50), &json!(0))
    );
    // What the server does not count is not zero.
    assert_eq!(window.get("cache_read_input_tokens"), None);
}

#[test]
fn accelerators_and_hosts_of_several_exporters_are_one_window() {
    let scaphandre = |microjoules: u64| {
        format!(
            "scaph_host_energy_microjoules {microjoules}\nscaph_host_power_microwatts 180000000\nscaph_process_power_consumption_microwatts{{exe=\"python3\",cmdline=\"python3 -m \\\"vllm\\\"\",pid=\"7\"}} 12\n"
        )
    };
    let host = Recorded::texts([7_000_000, 9_500_000].map(scaphandre));
    let url = format!("{}/metrics", host.url);
    let sglang = |[prompt, device, host, generated]: [u64; 4]| {
        format!(
            "sglang:prompt_tokens_total{{model_name=\"meta-llama/Llama-3.1-8B-Instruct\"}} {prompt}.0\nsglang:generation_tokens_total{{model_name=\"meta-llama/Llama-3.1-8B-Instruct\"}} {generated}.0\nsglang:cached_tokens_total{{cache_source=\"device\",model_name=\"meta-llama/Llama-3.1-8B-Instruct\"}} {device}.0\nsglang:cached_tokens_total{{cache_source=\"host\",model_name=\"meta-llama/Llama-3.1-8B-Instruct\"}} {host}.0\nsglang:num_requests_total{{model_name=\"meta-llama/Llama-3.1-8B-Instruct\"}} 6.0\n"
        )
    };
    let (windows, said) = scraped(
        &[dcgm([0, 0]), dcgm([1_000, 2_000])],
        &[sglang([100, 10, 5, 20]), sglang([180, 30, 15, 50])],
        &["--energy", &url, "--energy-label", "Hostname=gpu-1"],
    );
    assert_eq!(windows[0]["scope"], "accelerator_and_host");
    assert_eq!((&windows[0]["accelerator_joules"], &windows[0]["host_joules"]), (&json!(3), &json!(2.5)));
    // Its only model, whatever it is called in the calls.
    assert_eq!((&windows[0]["model"], &windows[0]["input_tokens"]), (&json!("prod-llama"), &json!(80)));
    assert_eq!(windows[0]["cache_read_input_tokens"], 30);
    assert!(said.contains("processors and memory: scaph_host_energy_microjoules, 1 series\n"), "{said}");
    assert!(windows[0]["meter"].as_str().unwrap().contains('+'));
}

#[test]
fn keplers_zones_are_counted_once_and_whole_machines_before_their_parts() {
    let kepler = |package: f64, platform: &str| {
        let mut text = String::new();
        for (zone, joules) in
            [("package", package), ("core", package * 0.8), ("dram", package / 10.0), ("psys", package * 2.0)]
        {
            text += &format!(
                "kepler_node_cpu_joules_total{{zone=\"{zone}\",path=\"/sys/class/powercap/{zone}\",node_name=\"n\"}} {joules}\n"
            );
        }
        text + platform
    };
    let trtllm = |prompt: u64, generated: u64| {
        format!(
            "trtllm_prompt_tokens_total{{model_name=\"m\"}} {prompt}\ntrtllm_generation_tokens_total{{model_name=\"m\"}} {generated}\ntrtllm_prompt_cached_tokens_total{{model_name=\"m\"}} 0\n"
        )
    };
    let tokens = [trtllm(1, 1), trtllm(11, 6)];
    let gpu = Recorded::texts([dcgm([0, 0]), dcgm([1_000, 0])]);
    let (windows, _) = scraped(&[kepler(100.0, ""), kepler(150.0, "")], &tokens, &["--energy", &gpu.url]);
    assert_eq!((&windows[0]["accelerator_joules"], &windows[0]["host_joules"]), (&json!(1), &json!(55)));

    let domain =
        |id: &str| format!("kepler_platform_watts{{source=\"redfish\",power_control_id=\"{id}\"}} 900\n");
    let both = domain("PC1") + &domain("PC2");
    let scrapes = [kepler(100.0, &both), kepler(150.0, &both)];
    let (windows, said) = scraped(&scrapes, &tokens, &["--energy-label", "power_control_id=PC1"]);
    assert_eq!(windows[0]["scope"], "node");
    assert!(windows[0].get("host_joules").is_none() && windows[0]["node_joules"].as_f64().unwrap() > 800.0);
    assert!(said.contains("whole machines: kepler_platform_watts, 1 series"), "{said}");
    let triton = |input: u64, output: u64| {
        format!(
            "nv_inference_request_success{{model=\"tensorrt_llm\",version=\"1\"}} 5\nnv_llm_input_token_len_sum{{model=\"tensorrt_llm\",response_metric_type=\"total_input_tokens\",version=\"1\"}} {input}\nnv_llm_output_token_len_sum{{model=\"tensorrt_llm\",response_metric_type=\"total_output_tokens\",version=\"1\"}} {output}\n"
        )
    };
    let tokens = [triton(5, 5), triton(9, 8)];
    let (windows, _) = scraped(&[dcgm([0, 0]), dcgm([1_000, 0])], &tokens, &["--scope", "accelerator"]);
    assert_eq!((&windows[0]["input_tokens"], &windows[0]["output_tokens"]), (&json!(4), &json!(3)));
}

#[test]
fn what_cannot_be_metered_is_refused_with_what_to_do() {
    let refused = |energy: String, tokens: String, arguments: &[&str]| {
        let (energy, tokens) = (Recorded::texts([energy]), Recorded::texts([tokens]));
        let mut all = vec!["--energy", &energy.url, "--tokens", &tokens.url];
        all.extend(arguments);
        let output = measure(&all, "http://127.0.0.1:9", "isv_live_x");
        assert!(!output.status.success());
        text(&output.stderr)
    };
    let (gpus, counts) = (dcgm([1, 1]), vllm([1, 0, 1, 1]));
    let several = counts.replace("prod-llama", "third");
    let platform = "kepler_platform_watts{power_control_id=\"PC1\"} 900\nkepler_platform_watts{power_control_id=\"PC2\"} 90\n";
    for (energy, tokens, arguments, says) in [
        (
            "scaph_host_energy_microjoules 1\n".to_owned(),
            counts.clone(),
            &[][..],
            "only processors and memory are metered",
        ),
        (
            "up 1\n".to_owned(),
            counts.clone(),
            &[],
            "there is no known meter of energy; these are: DCGM_FI_DEV",
        ),
        (
            gpus.clone(),
            "up 1\n".to_owned(),
            &[],
            "there is no known counter of generated tokens; these are: vllm:",
        ),
        (
            gpus.clone(),
            several,
            &[],
            "several models are served: choose one with --tokens-label model_name=NAME (other, third)",
        ),
        (
            gpus.clone(),
            counts.clone(),
            &["--energy-label", "gpu=7"],
            "no series of DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION with gpu=7; there are: gpu=0, gpu=1",
        ),
        (
            gpus.clone(),
            counts.clone(),
            &["--energy-label", "rack=7"],
            "--energy-label rack: no series has this label; there are: Hostname, UUID, device, gpu, modelName",
        ),
        (gpus.clone(), counts.clone(), &["--scope", "node"], "there is no known meter of whole machines"),
        (gpus, counts.clone(), &["--window", "1ms"], "must be from 1s to 24h"),
        (
            platform.to_owned(),
            counts,
            &[],
            "choose one with --energy-label power_control_id=VALUE (PC1, PC2)",
        ),
    ] {
        let said = refused(energy, tokens, arguments);
        assert!(said.contains(says), "{says}: {said}");
        let is_of_a_scrape = !says.starts_with("must be");
        assert!(!is_of_a_scrape || said.contains("http://127.0.0.1:"), "the address is missing: {said}");
    }
}

#[test]
fn windows_wait_for_a_tracker_that_does_not_take_them_and_a_wrong_key_ends_it() {
    let energy: Vec<String> = (0..4).map(|n| dcgm([n * 1_000, 0])).collect();
    let counts: Vec<String> = (0..4).map(|n| vllm([n * 10, 0, n * 10, n])).collect();
    let taken =
        json!({"accepted": 3, "duplicates": 0, "rejected": [{"index": 0, "detail": "/from overlaps"}]});
    let stub = Recorded::answers([(503, "{}".to_owned()), (503, "{}".to_owned()), (200, taken.to_string())]);
    let (metered, counted) = (Recorded::texts(energy.clone()), Recorded::texts(counts.clone()));
    let flags = ["--energy", &metered.url, "--tokens", &counted.url, "--window", "1s", "--count", "3"];
    let output = measure(&flags, &stub.url, "isv_live_x");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let sent: Vec<usize> = windows(&stub).iter().map(Vec::len).collect();
    assert_eq!(sent, [1, 2, 3]);
    let said = text(&output.stdout);
    assert!(
        said.contains("answers 503; 1 window waits") && said.contains("refused: /from overlaps"),
        "{said}"
    );

    let problem = json!({"detail": "Send a valid key."}).to_string();
    let stub = Recorded::answers([(401, problem)]);
    let (metered, counted) = (Recorded::texts(energy), Recorded::texts(counts));
    let flags = ["--energy", &metered.url, "--tokens", &counted.url, "--window", "1s"];
    let output = measure(&flags, &stub.url, "isv_live_x");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("answers 401: Send a valid key."), "{}", text(&output.stderr));
}

#[test]
fn an_exporter_that_does_not_answer_for_a_while_costs_no_energy() {
    let stub = stub();
    let answers =
        [(200, dcgm([0, 0])), (500, String::new()), (200, "<html>".to_owned()), (200, dcgm([9_000, 0]))];
    let (metered, counted) =
        (Recorded::answers(answers), Recorded::texts([vllm([0; 4]), vllm([50, 0, 5, 1])]));
    let flags = [
        "--energy",
        &metered.url,
        "--tokens",
        &counted.url,
        "--window",
        "1s",
        "--step",
        "1s",
        "--count",
        "1",
    ];
    let output = measure(&flags, &stub.url, "isv_live_x");
    let said = text(&output.stdout);
    assert!(
        said.contains("answers 500; trying again") && said.contains("line 1 is not in the text format"),
        "{said}"
    );
    let windows = windows(&stub);
    assert_eq!(
        (&windows[0][0]["accelerator_joules"], &windows[0][0]["input_tokens"]),
        (&json!(9), &json!(50))
    );
}
