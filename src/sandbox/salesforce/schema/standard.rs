//! The statuses and stages an org has before anyone changes them, for worlds that bring none.

use std::borrow::Cow;

use crate::sandbox::world::{Table, World};

const LEAD_STATUSES: &str = "Id,MasterLabel,ApiName,SortOrder,IsDefault,IsConverted
01J000000000001,Open - Not Contacted,Open - Not Contacted,1,true,false
01J000000000002,Working - Contacted,Working - Contacted,2,false,false
01J000000000003,Closed - Converted,Closed - Converted,3,false,true
01J000000000004,Closed - Not Converted,Closed - Not Converted,4,false,false";

const STAGES: &str = "\
Id,MasterLabel,ApiName,IsActive,SortOrder,IsClosed,IsWon,ForecastCategory,ForecastCategoryName,DefaultProbability
01J000000000011,Prospecting,Prospecting,true,1,false,false,Pipeline,Pipeline,10
01J000000000012,Qualification,Qualification,true,2,false,false,Pipeline,Pipeline,10
01J000000000013,Needs Analysis,Needs Analysis,true,3,false,false,Pipeline,Pipeline,20
01J000000000014,Value Proposition,Value Proposition,true,4,false,false,Pipeline,Pipeline,50
01J000000000015,Id. Decision Makers,Id. Decision Makers,true,5,false,false,Pipeline,Pipeline,60
01J000000000016,Perception Analysis,Perception Analysis,true,6,false,false,Pipeline,Pipeline,70
01J000000000017,Proposal/Price Quote,Proposal/Price Quote,true,7,false,false,BestCase,Best Case,75
01J000000000018,Negotiation/Review,Negotiation/Review,true,8,false,false,Forecast,Commit,90
01J000000000019,Closed Won,Closed Won,true,9,true,true,Closed,Closed,100
01J00000000001A,Closed Lost,Closed Lost,true,10,true,false,Omitted,Omitted,0";

/// An object's table: the world's own, or what every org starts with.
pub(in super::super) fn table<'w>(world: &'w World, name: &str) -> Option<Cow<'w, Table>> {
    if let Some(table) = world.table("salesforce", name).filter(|table| !table.rows.is_empty()) {
        return Some(Cow::Borrowed(table));
    }
    match name {
        "LeadStatus" => Some(Cow::Owned(read(LEAD_STATUSES))),
        "OpportunityStage" => Some(Cow::Owned(read(STAGES))),
        _ => None,
    }
}

/// Rows of plain text without quotes.
fn read(text: &str) -> Table {
    let mut lines = text.lines();
    let columns = lines.next().unwrap_or_default().split(',').map(Into::into).collect();
    let rows = lines.map(|line| line.split(',').map(|cell| Some(cell.into())).collect()).collect();
    Table { columns, rows }
}
