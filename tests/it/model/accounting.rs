//! What an account says of its own figures: names, grids, targets, and instruments.

use super::{
    World, first_of,
    history::{INSTRUMENT_WH, MODELS, NOBODY, NOTHING},
    name, same,
};
use serde_json::{Value, json};

/// The one instrument of the history.
pub(super) const INSTRUMENT: &str = "/api/v1/instruments/01a20abd-28b2-761c-af30-000000000001";

impl World {
    pub(super) fn map(&mut self, to: Option<u8>) {
        let path = format!("/api/v1/models/aliases/{}", MODELS[usize::from(NOBODY)]);
        let key = Some(self.keys.live.as_str());
        let reply = match to {
            Some(to) => {
                let body = json!({"model": MODELS[usize::from(to)]});
                self.server().put(&path, key, &body)
            }
            None => self.server().delete(&path, key),
        };
        match (to, self.model.mapped) {
            (None, None) => drop(reply.problem(404)),
            (None, Some(_)) => assert_eq!(reply.status, 204, "{}", reply.text()),
            (Some(_), _) => assert_eq!(reply.status, 200, "{}", reply.text()),
        }
        self.model.mapped = to;
    }

    pub(super) fn sum_by_hour(&mut self, by_hour: bool) {
        let body = json!({"by_hour": by_hour});
        let reply = self.server().put("/api/v1/hours", Some(&self.keys.live), &body);
        assert_eq!(reply.json()["by_hour"], by_hour, "{}", reply.text());
        self.model.by_hour = by_hour;
    }

    pub(super) fn enter_grid(&self, value: u8) {
        let csv = format!("zone,month,g_kwh,source,licence\nUSA,{},{value}00,S,L\n", name(1));
        let key = format!("Bearer {}", self.keys.live);
        let headers = [("authorization", key.as_str()), ("content-type", "text/csv")];
        let reply = self.server().request("PUT", "/api/v1/grid-series?vintage=v", &headers, &csv);
        assert_eq!(reply.json()["series"], 1, "{}", reply.text());
    }

    pub(super) fn set_target(&mut self, tenant: u8, grams: Option<u32>) {
        let path = format!("/api/v1/tenants/t-{tenant}/targets/limit");
        let key = Some(self.keys.live.as_str());
        let is_known = self.model.book.iter().any(|(_, call, _)| call.tenant == tenant);
        match grams {
            Some(grams) => {
                let reply = self.server().put(&path, key, &json!({"grams": grams, "per": "month"}));
                assert_eq!(reply.status, if is_known { 200 } else { 404 }, "{}", reply.text());
                if is_known {
                    self.model.targets.insert(tenant, grams);
                }
            }
            None => {
                let had = self.model.targets.remove(&tenant).is_some();
                let reply = self.server().delete(&path, key);
                assert_eq!(reply.status, if had { 204 } else { 404 }, "{}", reply.text());
            }
        }
    }

    pub(super) fn allocate(&mut self, tenant: u8, month: u8, wh: Option<u8>) {
        let path = format!("{INSTRUMENT}/allocations/t-{tenant}/{}", name(month));
        let key = Some(self.keys.live.as_str());
        let reply = match wh {
            Some(wh) => self.server().put(&path, key, &json!({"mwh": f64::from(wh) / 1e6})),
            None => self.server().delete(&path, key),
        };
        let earlier = self.model.allocated.get(&(tenant, month)).copied();
        let is_known = self.model.book.iter().any(|(_, call, _)| call.tenant == tenant);
        let others: u64 = self
            .model
            .allocated
            .iter()
            .filter(|(of, _)| **of != (tenant, month))
            .map(|(_, wh)| u64::from(*wh))
            .sum();
        let is_closed = self.model.closed.contains_key(&month);
        let expect = match wh {
            Some(_) if first_of(month).year() != first_of(2).year() => 422,
            _ if !is_known => 404,
            Some(_) if wh == earlier => 200,
            None if earlier.is_none() => 404,
            _ if is_closed => 409,
            Some(wh) if others + u64::from(wh) > INSTRUMENT_WH => 422,
            Some(_) => 200,
            None => 204,
        };
        assert_eq!(reply.status, expect, "{}", reply.text());
        match wh {
            Some(wh) if expect == 200 => drop(self.model.allocated.insert((tenant, month), wh)),
            None if expect == 204 => drop(self.model.allocated.remove(&(tenant, month))),
            _ => {}
        }
    }

    /// Both bases of a tenant's closed month: with what was allocated when it was closed.
    pub(super) fn compare_bases(&self, figures: &Value, tenant: u8, month: u8) {
        // A published factor has no electricity, so both bases are the same: with what was allocated at that time.
        let market = &figures["market"];
        let then = self.model.allocated_then[&month].get(&(tenant, month)).map(|wh| json!(wh));
        let found = market["inputs"]["instruments"].get(0).map(|used| used["allocated_wh"].clone());
        assert_eq!(found, then, "{figures}");
        if then.is_some() {
            assert_eq!(market["co2_grams"]["central"], figures["total"]["co2_grams"]["central"], "{figures}");
        }
    }

    /// What of the instrument is allocated.
    pub(super) fn compare_allocations(&self) {
        let instrument = self.get(INSTRUMENT);
        let mut found: Vec<(String, String, Value)> = Vec::new();
        for part in instrument["allocations"].as_array().unwrap() {
            let text = |field: &str| part[field].as_str().unwrap().to_owned();
            found.push((text("tenant_id"), text("month"), part["mwh"].clone()));
        }
        let allocated = self.model.allocated.iter();
        let mut expect: Vec<(String, String, Value)> = allocated
            .map(|(&(tenant, month), wh)| (format!("t-{tenant}"), name(month), json!(f64::from(*wh) / 1e6)))
            .collect();
        found.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        expect.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        assert_eq!(found, expect);
    }

    /// Targets and the figures that they are compared with; and what no change makes of each month.
    pub(super) fn compare_plans(&self) {
        for month in 0..3 {
            let now = self.model.by_tenant(month, self.model.book.len());
            let stated = self.model.stated.get(&month).unwrap_or(&now);
            for (tenant, grams) in &self.model.targets {
                let found = self.get(&format!("/api/v1/tenants/t-{tenant}/targets?month={}", name(month)));
                let target = &found["targets"][0];
                assert_eq!((&target["name"], &target["grams"]), (&json!("limit"), &json!(grams)), "{found}");
                let [_, _, _, ug, ..] = stated.get(tenant).copied().unwrap_or(NOTHING);
                match target["co2_grams"]["central"].as_f64() {
                    Some(found) => {
                        let expect: f64 = format!("{ug}e-6").parse().unwrap();
                        assert_eq!(found.to_bits(), expect.to_bits(), "{target}");
                    }
                    None => assert_eq!((ug, &target["reading"]), (0, &json!("no_figure"))),
                }
            }
            let change = json!({"month": name(month), "changes": [{"input_tokens": "+0 %"}]});
            let answer = self.post("/api/v1/whatif", &change).json();
            // What is stated of it: of a restated month by its newest restatement.
            let whole = stated
                .values()
                .fold(NOTHING, |whole, sum| std::array::from_fn(|place| whole[place] + sum[place]));
            same(&answer["baseline"], whole, "what-if");
            let ratio = &answer["together"]["ratio"];
            assert!(ratio.is_null() || *ratio == json!({"low": 1, "central": 1, "high": 1}), "{answer}");
        }
    }
    /// A report on the two months that may be closed, once they are: the sum of what is stated of them.
    pub(super) fn compare_period(&self) {
        let (tenant, months) = (0, [2, 1]);
        let has_calls = self.model.book.iter().any(|(_, call, _)| call.tenant == tenant);
        if !has_calls || !months.iter().all(|month| self.model.closed.contains_key(month)) {
            return;
        }
        let report = |mut body: Value| {
            body["tenant_id"] = json!(format!("t-{tenant}"));
            let reply = self.post("/api/v1/reports", &body);
            assert_eq!(reply.status, 201, "{}", reply.text());
            reply.json()
        };
        let reports = months.map(|month| report(json!({"month": name(month)})));
        let period = report(json!({"period": {"from": name(months[0]), "to": name(months[1])}}));
        assert_eq!((&period["status"], &period["period"]["missing"]), (&json!("final"), &json!([])));
        let statement = self.get(period["links"]["statement"].as_str().unwrap());
        let named = statement["months"].as_array().unwrap().iter().map(|month| &month["report_id"]);
        assert!(named.eq(reports.iter().map(|report| &report["report_id"])));
        let mut total = statement["total"].clone();
        if let Some(grams) = total["co2_grams"]["central"].as_str() {
            total["co2_grams"]["central"] = json!(grams.parse::<f64>().unwrap());
        }
        let stated = months.map(|month| self.model.stated[&month].get(&tenant).copied().unwrap_or_default());
        same(&total, std::array::from_fn(|place| stated[0][place] + stated[1][place]), "period");
    }
}
