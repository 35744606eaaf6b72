use yicha::{index::Reader, query::{self, Limits}, search::*};
fn main() {
    let mut a = std::env::args().skip(1);
    let r = Reader::open(std::path::Path::new(&a.next().unwrap())).unwrap();
    let qs: Vec<String> = std::fs::read_to_string(a.next().unwrap()).unwrap().lines().map(str::to_owned).collect();
    let snip: usize = a.next().map_or(3, |n| n.parse().unwrap());
    for round in 0..3 {
        let mut t = vec![];
        for q in &qs {
            let req = Request { query: query::parse(q, Limits::default()).unwrap(), n_snippets: snip, ..Request::default() };
            let s = std::time::Instant::now();
            let x = r.search(&req).unwrap();
            t.push((s.elapsed(), q, x.total.documents, x.relaxed));
        }
        t.sort();
        if round == 2 { for i in [50, 90, 95, 99] { println!("p{i} {:?}", t[(t.len() - 1) * i / 100]); } }
    }
}
