//! Which records are one opportunity: a deal of the marketing side and the sales opportunity it names.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::opportunity::OpportunityRecord;
use crate::domain::record::{Side, SourceInfo};
use crate::unify::source_order::SourceOrder;

use super::cluster::{Cluster, LinkRule, Warning, WarningCode};
use super::forest::Forest;
use super::records::LiveRecords;

/// Sorts records into opportunities. A marketing-side deal that no sales-side opportunity was found for stands alone,
/// with a warning.
pub fn link_opportunities(
    records: &[Arc<OpportunityRecord>],
    sources: &[SourceInfo],
) -> Vec<Cluster<OpportunityRecord>> {
    let order = SourceOrder::new(sources);
    let deals = LiveRecords::sort(records, &order);
    let mut forest = Forest::new(deals.live.len());
    for (place, record) in deals.live.iter().enumerate() {
        for key in record.cross_references.iter().collect::<BTreeSet<_>>() {
            deals.join(
                &mut forest,
                LinkRule::VendorCrossReference,
                key.id.clone(),
                place,
                deals.place_of(key),
            );
        }
    }
    let mut warnings: HashMap<usize, Vec<Warning>> = HashMap::new();
    for (place, record) in deals.live.iter().enumerate() {
        let key = &record.meta.key;
        let is_of = |place: &usize, side: Side| order.side(&deals.live[*place].meta.key.source) == side;
        let has_sales = forest.tree_of(place).iter().any(|it| is_of(it, Side::Sales));
        if is_of(&place, Side::Marketing) && !has_sales {
            let message = format!("{key} names no opportunity of the sales side and counts on its own");
            let warning = Warning { code: WarningCode::UnlinkedDeal, message, records: vec![key.clone()] };
            warnings.entry(place).or_default().push(warning);
        }
    }
    deals.into_clusters(forest, &order, &mut warnings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unify::samples::{key, opportunity, sources};

    #[test]
    fn a_deal_that_names_an_opportunity_is_that_opportunity() {
        let records = [
            Arc::new(opportunity("sales:Opportunity:O1", None)),
            Arc::new(opportunity("marketing:deal:D1", Some("sales:Opportunity:O1"))),
        ];
        let clusters = link_opportunities(&records, &sources());
        assert_eq!(clusters.len(), 1);
        assert_eq!(clusters[0].anchor, key("sales:Opportunity:O1"));
        assert!(clusters[0].warnings.is_empty());
    }

    #[test]
    fn a_deal_that_names_none_counts_with_a_warning() {
        let records = [
            Arc::new(opportunity("sales:Opportunity:O1", None)),
            Arc::new(opportunity("marketing:deal:D1", None)),
        ];
        let clusters = link_opportunities(&records, &sources());
        assert_eq!(clusters.len(), 2);
        assert!(clusters[0].warnings.is_empty());
        assert_eq!(clusters[1].warnings[0].code, WarningCode::UnlinkedDeal);
    }
}
