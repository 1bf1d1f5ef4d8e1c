//! The `ecologits` method against what EcoLogits 0.11.3 itself answered.

use carbon_core::{
    Call, FactorSet, Usage,
    method::ecologits::{Grid, Impacts, Inputs, Video, impacts, impacts_of_video},
    model::{Size, Speed},
    usage::{Media, MediaUnit},
};
use serde_json::Value;
use std::collections::BTreeSet;

const VECTORS: &str = include_str!("../vectors/ecologits-0.11.3.jsonl");

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn pair(value: &Value) -> [f64; 2] {
    // A fixed parameter may stand as one number.
    value.as_array().map_or_else(|| [number(value); 2], |pair| [number(&pair[0]), number(&pair[1])])
}

fn inputs(row: &Value) -> Inputs {
    let mix = &row["mix"];
    Inputs {
        requests: 1.0,
        output_tokens: number(&row["output_tokens"]),
        size: Size {
            active_b: pair(&row["active_b"]),
            active_in_b: pair(&row["active_b"]),
            total_b: pair(&row["total_b"]),
            speed: row["tps"].as_f64().map(|tokens_per_s| Speed {
                tokens_per_s,
                first_token_s: row["ttft"].as_f64().unwrap_or(0.0),
            }),
        },
        request_latency_s: row["request_latency_s"].as_f64(),
        pue: pair(&row["pue"]),
        onsite_water_l_per_kwh: pair(&row["wue_onsite_l_per_kwh"]),
        grid: Grid {
            g_per_kwh: number(&mix["gwp_kg_per_kwh"]) * 1_000.0,
            adpe_kg_sb_per_kwh: number(&mix["adpe_kgsb_per_kwh"]),
            primary_energy_mj_per_kwh: number(&mix["pe_mj_per_kwh"]),
            offsite_water_l_per_kwh: number(&mix["wue_l_per_kwh"]),
        },
    }
}

const VIDEOS: &str = include_str!("../vectors/ecologits-video-0.11.3.jsonl");

/// All models of EcoLogits that make videos, in several sizes and lengths, with and without sound.
#[test]
fn every_video_is_met_to_a_billionth() {
    let set = FactorSet::version("2026.12").unwrap();
    let mut models = BTreeSet::new();
    for line in VIDEOS.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let name = row["model"].as_str().unwrap();
        let model = set.resolve(name).unwrap().model;
        models.insert(model.id());
        let video = Video {
            seconds: number(&row["seconds"]),
            pixels: number(&row["width"]) * number(&row["height"]),
            with_sound: row["with_audio"].as_bool().unwrap(),
        };
        let mix = &row["mix"];
        let grid = Grid {
            g_per_kwh: number(&mix["gwp"]) * 1_000.0,
            adpe_kg_sb_per_kwh: number(&mix["adpe"]),
            primary_energy_mj_per_kwh: number(&mix["pe"]),
            offsite_water_l_per_kwh: number(&mix["wue"]),
        };
        let corners = impacts_of_video(model.video().unwrap(), &video, &grid);
        for (side, corner) in corners.iter().enumerate() {
            for (ours, theirs) in [
                (corner.energy.to_f64() / 1e3, "energy_kwh"),
                (corner.co2.to_f64() / 1e3, "gwp_kg"),
                (corner.embodied_co2.to_f64() / 1e3, "embodied_gwp_kg"),
                (corner.adpe.to_f64(), "adpe_kgsb"),
                (corner.primary_energy.to_f64(), "pe_mj"),
                (corner.water.to_f64() / 1e3, "wcf_l"),
            ] {
                let theirs_here = pair(&row[theirs])[side];
                assert!(
                    (ours / theirs_here - 1.0).abs() < 1e-9,
                    "{name} {theirs}: {ours}, not {theirs_here}"
                );
            }
        }
    }
    assert_eq!(models.len(), 17);
    // What is estimated for one call needs its size, is that of one video, and enters no total.
    let estimate = |usage: &Usage| set.opinions(&Call::to("google/veo-3.1"), usage).unwrap();
    let clip = |seconds: u64| {
        let media = Media::default().with(MediaUnit::VideoMs, seconds * 1_000);
        let media = media.with(MediaUnit::VideoPixelS, seconds * 1_280 * 720);
        Usage { requests: 1, media, ..Usage::default() }
    };
    let [low, high] = estimate(&clip(8)).ecologits.unwrap();
    assert!(low.co2 < high.co2 && estimate(&clip(8)).bottom_up.is_none());
    let unsized_clip = Usage { media: Media::default().with(MediaUnit::VideoMs, 8_000), ..clip(8) };
    let two = Usage { requests: 2, ..clip(16) };
    assert!([unsized_clip, two].iter().all(|usage| estimate(usage).ecologits.is_none()));
    assert!(set.estimate("google/veo-3.1", &clip(8)).is_err());
}

#[test]
fn every_row_is_met_to_a_billionth() {
    let mut rows = 0;
    for line in VECTORS.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let corners = impacts(&inputs(&row)).unwrap();
        for (side, corner) in corners.iter().enumerate() {
            let Impacts {
                energy,
                co2,
                embodied_co2,
                adpe,
                embodied_adpe,
                primary_energy,
                embodied_primary_energy,
                water,
            } = *corner;
            for (name, got, expect) in [
                ("energy", energy.to_f64() / 1_000.0, &row["energy_kwh"]),
                ("gwp", co2.to_f64() / 1_000.0, &row["gwp_kg"]),
                ("embodied gwp", embodied_co2.to_f64() / 1_000.0, &row["embodied"]["gwp_kg"]),
                ("adpe", adpe.to_f64(), &row["adpe_kgsb"]),
                ("embodied adpe", embodied_adpe.to_f64(), &row["embodied"]["adpe_kgsb"]),
                ("pe", primary_energy.to_f64(), &row["pe_mj"]),
                ("embodied pe", embodied_primary_energy.to_f64(), &row["embodied"]["pe_mj"]),
                ("water", water.to_f64() / 1_000.0, &row["wcf_l"]),
            ] {
                let expect = pair(expect)[side];
                let close = (got - expect).abs() <= 1e-9 * expect.abs();
                assert!(close, "{name} of {} side {side}: {got}, not {expect}", row["model"]);
            }
        }
        rows += 1;
    }
    assert!(rows > 600, "{rows} rows");
}

/// The registry's own sizes, speeds, fleets and grids lead to the same answers, for every name that EcoLogits still has.
#[test]
fn the_registry_gives_the_same_answers_by_name() {
    for version in ["2026.11", "2026.12"] {
        gives_the_same_answers_by_name(carbon_core::FactorSet::version(version).unwrap());
    }
}

#[track_caller]
fn gives_the_same_answers_by_name(set: &carbon_core::FactorSet) {
    let (mut rows, mut wrong) = (0, std::collections::BTreeSet::new());
    for line in VECTORS.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if row["params_from"] != "0.11.3" || !row["request_latency_s"].is_null() {
            continue;
        }
        let model = row["model"].as_str().unwrap();
        // A name that moves from version to version leads nowhere without a date, or it is said that it may have moved.
        if model.ends_with("-latest") {
            assert!(set.resolve(model).map_or(true, |found| found.checked.is_some()), "{model}");
            continue;
        }
        let usage = carbon_core::Usage::of_call(0, row["output_tokens"].as_u64().unwrap());
        let call =
            Call { provider: row["provider"].as_str(), region: row["zone_arg"].as_str(), ..Call::to(model) };
        let Some(corners) = set.deployment(&call).ok().and_then(|deployment| deployment.ecologits(&usage))
        else {
            wrong.insert(format!("{model} in {}: no opinion", row["zone_arg"]));
            continue;
        };
        rows += 1;
        for (side, corner) in corners.iter().enumerate() {
            for (what, got, expect) in [
                ("gwp", corner.co2.to_f64(), pair(&row["gwp_kg"])[side] * 1_000.0),
                ("energy", corner.energy.to_f64(), pair(&row["energy_kwh"])[side] * 1_000.0),
                ("water", corner.water.to_f64(), pair(&row["wcf_l"])[side] * 1_000.0),
                ("adpe", corner.adpe.to_f64(), pair(&row["adpe_kgsb"])[side]),
                ("pe", corner.primary_energy.to_f64(), pair(&row["pe_mj"])[side]),
            ] {
                if (got - expect).abs() > 1e-9 * expect {
                    wrong.insert(format!("{what} of {model}: {:.4} of it", got / expect));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "of {rows} rows in {}:\n{}",
        set.as_str(),
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
    assert!(rows > 300, "{rows} rows");
}
