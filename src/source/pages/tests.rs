use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::*;
use crate::source::walk::{Comparison, ConditionField, Operand};

#[derive(Clone)]
struct Row(&'static str);

impl Listed for Row {
    type Select = ();

    fn id(&self) -> &str {
        self.0
    }
}

/// A pretend vendor of two rows that answers when told to.
struct Vendor {
    pages: AtomicUsize,
    gate: Semaphore,
}

#[async_trait]
impl Walk<Row> for Vendor {
    fn objects(&self) -> &'static [&'static str] {
        &["Row"]
    }

    fn page_size(&self) -> usize {
        2
    }

    fn can_filter(&self, _condition: &Condition) -> bool {
        true
    }

    fn can_order(&self, _order: &Order) -> bool {
        true
    }

    async fn page(&self, _ask: &PageAsk<()>, _reading: &Reading) -> Result<Page<Row>, SourceError> {
        self.pages.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.expect("the gate is never closed").forget();
        Ok(Page { records: vec![("1".into(), Row("1")), ("2".into(), Row("2"))], has_more: false })
    }
}

struct List {
    vendor: Arc<Vendor>,
    pages: Arc<Pages<Row>>,
    outdated: Arc<Outdated>,
}

impl List {
    fn with(open: usize) -> Self {
        let vendor = Arc::new(Vendor { pages: AtomicUsize::new(0), gate: Semaphore::new(open) });
        let outdated = Arc::new(Outdated::default());
        let (name, fresh) = (SourceName::new("sales"), Duration::from_secs(60));
        let pages = Pages::new(name, vendor.clone(), fresh, 1 << 20, 100, outdated.clone());
        Self { vendor, pages: Arc::new(pages), outdated }
    }

    async fn read(&self, is_filtered: bool) {
        page(&self.pages, is_filtered).await;
    }

    fn calls(&self) -> usize {
        self.vendor.pages.load(Ordering::SeqCst)
    }
}

async fn page(pages: &Pages<Row>, is_filtered: bool) {
    let named =
        Condition { field: ConditionField::Name, comparison: Comparison::IsNull, operand: Operand::None };
    let conditions = if is_filtered { vec![named] } else { Vec::new() };
    let ask = PageAsk { object: "Row".into(), after: None, first: 2, select: (), conditions, order: None };
    let reading = Reading::interactive(Duration::from_secs(5));
    pages.page(ask, Freshness::default(), &reading).await.expect("the vendor answers");
}

#[tokio::test]
async fn a_page_by_id_is_read_again_when_a_row_of_it_changed_or_rows_came_or_went() {
    let list = List::with(10);
    list.read(false).await;
    list.outdated.note(&["3".into()], false);
    list.read(false).await;
    assert_eq!(list.calls(), 1, "another row changed, which stays where it is");
    list.outdated.note(&["2".into()], false);
    list.read(false).await;
    assert_eq!(list.calls(), 2);
    list.outdated.note(&["3".into()], true);
    list.read(false).await;
    assert_eq!(list.calls(), 3, "it may stand on this page now");
    list.read(false).await;
    assert_eq!(list.calls(), 3);
}

#[tokio::test]
async fn a_page_that_is_chosen_by_values_is_read_again_whatever_changed() {
    let list = List::with(10);
    list.read(true).await;
    list.outdated.note(&["3".into()], false);
    list.read(true).await;
    list.read(true).await;
    assert_eq!(list.calls(), 2);
}

#[tokio::test]
async fn who_comes_after_a_notice_does_not_take_the_page_that_was_under_way_before_it() {
    let list = List::with(0);
    let asking = || {
        let pages = list.pages.clone();
        tokio::spawn(async move { page(&pages, false).await })
    };
    let before = asking();
    while list.calls() == 0 {
        tokio::task::yield_now().await;
    }
    list.outdated.note(&["1".into()], false);
    let after = asking();
    list.vendor.gate.add_permits(10);
    before.await.expect("it does not panic");
    after.await.expect("it does not panic");
    assert_eq!(list.calls(), 2);
    list.read(false).await;
    assert_eq!(list.calls(), 2);
}

#[tokio::test]
async fn nothing_that_was_under_way_is_kept_when_everything_is_forgotten() {
    let list = List::with(0);
    let pages = list.pages.clone();
    let under_way = tokio::spawn(async move { page(&pages, false).await });
    while list.calls() == 0 {
        tokio::task::yield_now().await;
    }
    list.outdated.forget_all();
    list.pages.forget_all();
    list.vendor.gate.add_permits(10);
    under_way.await.expect("it does not panic");
    list.pages.memory.run_pending_tasks().await;
    assert_eq!(list.pages.memory.entry_count(), 0);
}
