//! A period as one statement, for what pages and forms say of both.

use super::{PeriodLine, PeriodStatement};
use crate::statement::{BottomUpAlone, Grade, ModelLine, Quality, Statement, Trend};

/// What a period states, where a month states it; what is of a month alone is empty: no form and no page of a period speaks of it.
pub(super) fn statement(period: &PeriodStatement) -> Statement {
    let versions: Vec<&str> = period.factor_sets.iter().map(|set| &*set.factor_set).collect();
    let sha256 = match &*period.factor_sets {
        [set] => set.factor_set_sha256.clone(),
        _ => None,
    };
    Statement {
        heading: period.heading.clone(),
        factor_set: versions.join(", "),
        factor_set_sha256: sha256,
        generator: period.generator,
        activity_sha256: String::new(),
        total: period.total,
        coverage: period.coverage,
        by_model: period.by_model.iter().map(model_line).collect(),
        own_names: period.own_names.clone(),
        unknown_models: period.unknown_models.clone(),
        by_method: period.by_method.clone(),
        by_confidence: period.by_confidence.clone(),
        by_basis: period.by_basis.clone(),
        by_context: period.by_context.clone(),
        by_region: period.by_region.clone(),
        by_tag: period.by_tag.clone(),
        by_day: Vec::new(),
        by_use: Vec::new(),
        trend: Trend { earlier: Vec::new(), change: None },
        data_quality: period.data_quality.clone(),
        bottom_up_alone: BottomUpAlone {
            valued: period.bottom_up_alone.valued,
            coverage: period.bottom_up_alone.coverage,
            budget: Vec::new(),
            opinions: Vec::new(),
        },
        bases: period.bases.clone(),
        market: None,
        factors: period.factors.clone(),
        grids: None,
        restatement: None,
        levers: Vec::new(),
        targets: Vec::new(),
        audit: None,
    }
}

/// The ratings of a line are those of its months, and may differ from month to month: none is shown.
fn model_line(line: &PeriodLine) -> ModelLine {
    let none = Grade::Poor;
    ModelLine {
        model: line.model.clone(),
        method: line.method,
        place: line.place.clone(),
        sent_as: line.sent_as.clone(),
        checked: None,
        confidence: line.confidence,
        data_class: line.data_class,
        quality: Quality {
            technology: none,
            time: none,
            geography: none,
            completeness: none,
            reliability: none,
        },
        factor_id: line.factor_id.clone(),
        grids: Vec::new(),
        valued: line.valued,
    }
}
