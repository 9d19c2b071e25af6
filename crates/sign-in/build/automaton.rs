//! Makes one table of all numbering plans, which leads from digit to digit to a number's country and type.
//! libphonenumber matches regular expressions for each number. Here they are matched once, at build time: reading and
//! compiling them was a fifth of a cold start.

use std::collections::{BTreeMap, HashMap};

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start::Config;
use regex_automata::util::syntax;

use crate::numbers::{Desc, Region};

/// The most digits of a number in E.164, calling code included.
const MAX_DIGITS: usize = 15;
/// libphonenumber accepts no shorter national number.
const MIN_NATIONAL: usize = 2;

/// An entry of the table: the outcome of a number that ends here, and the entry that each further digit leads to.
type Node = (u16, [u16; 10]);

/// The table under construction. Equal entries are stored once.
#[derive(Default)]
struct Table {
    nodes: Vec<Node>,
    known: HashMap<Node, u16>,
    /// The number of each outcome: country, whether callable, whether known.
    outcomes: BTreeMap<(String, bool, bool), u16>,
}

/// A plan's regular expressions as one automaton.
struct Plan<'a> {
    regions: &'a [Region],
    dfa: dense::DFA<Vec<u32>>,
    /// The region and the role of each expression.
    patterns: Vec<(usize, Role)>,
    national: usize,
}

#[derive(Clone, Copy)]
enum Role {
    LeadingDigits,
    General,
    Type(usize),
    Denied,
}

/// The table in bytes, eleven two-byte numbers per entry, and the Rust code that describes it.
pub(crate) fn table(plans: &BTreeMap<u64, Vec<Region>>) -> Result<(Vec<u8>, String), String> {
    let mut table = Table::default();
    // Entry 0 stands for digits that start no number. Outcome 0 stands for digits that are no valid number.
    table.place((0, [0; 10]))?;
    let mut lines = Vec::new();
    for (calling_code, regions) in plans {
        let plan = Plan::new(regions, MAX_DIGITS - calling_code.to_string().len())?;
        let start = Config::new().anchored(Anchored::Yes);
        let start = plan.dfa.start_state(&start).map_err(|error| error.to_string())?;
        let root = plan.place(start, 0, &mut table, &mut HashMap::new())?;
        let lengths = regions.iter().flat_map(|region| &region.general.lengths);
        let lengths =
            lengths.filter(|length| **length <= MAX_DIGITS as u64).fold(0_u16, |bits, length| bits | 1 << length);
        let regions: Vec<_> = regions.iter().map(|region| region.id.as_str()).collect();
        lines.push(format!(
            "Plan {{ calling_code: \"{calling_code}\", regions: &{regions:?}, lengths: {lengths}, root: {root} }},\n"
        ));
    }
    let plans = format!("static PLANS: [Plan; {}] = [\n{}];\n", lines.len(), lines.concat());
    let mut outcomes: Vec<_> = table.outcomes.iter().collect();
    outcomes.sort_by_key(|(_, number)| **number);
    let lines = outcomes.iter().map(|((country, callable, known), _)| {
        format!("Outcome {{ country: \"{country}\", callable: {callable}, known: {known} }},\n")
    });
    let outcomes = format!("static OUTCOMES: [Outcome; {}] = [\n{}];\n", outcomes.len(), lines.collect::<String>());
    let numbers = table.nodes.iter().flat_map(|(outcome, next)| std::iter::once(outcome).chain(next));
    Ok((numbers.flat_map(|number| number.to_le_bytes()).collect(), plans + &outcomes))
}

impl Table {
    fn place(&mut self, node: Node) -> Result<u16, String> {
        if let Some(place) = self.known.get(&node) {
            return Ok(*place);
        }
        let place = u16::try_from(self.nodes.len()).map_err(|_| "the table is too large")?;
        self.nodes.push(node);
        self.known.insert(node, place);
        Ok(place)
    }

    fn outcome(&mut self, country: &str, callable: bool, known: bool) -> Result<u16, String> {
        let next = u16::try_from(self.outcomes.len() + 1).map_err(|_| "there are too many countries")?;
        Ok(*self.outcomes.entry((country.to_owned(), callable, known)).or_insert(next))
    }
}

impl<'a> Plan<'a> {
    fn new(regions: &'a [Region], national: usize) -> Result<Self, String> {
        let (mut patterns, mut texts) = (Vec::new(), Vec::new());
        let mut add = |region, role, text: String| {
            patterns.push((region, role));
            texts.push(text);
        };
        for (place, region) in regions.iter().enumerate() {
            if let Some(pattern) = &region.leading_digits {
                // The metadata anchor the pattern, as in `^(?:268)$`.
                let pattern = pattern.strip_prefix('^').and_then(|pattern| pattern.strip_suffix('$'));
                let pattern = pattern.ok_or("leading digits are not written as they were")?;
                add(place, Role::LeadingDigits, format!("(?:{pattern})[0-9]*"));
            }
            add(place, Role::General, region.general.pattern.clone());
            for (kind, (desc, _)) in region.types.iter().enumerate().filter(|(_, (desc, _))| !desc.pattern.is_empty()) {
                add(place, Role::Type(kind), desc.pattern.clone());
            }
            for national in &region.denied {
                add(place, Role::Denied, format!("(?:{national})[0-9]*"));
            }
        }
        let dfa = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .match_kind(regex_automata::MatchKind::All)
                    .start_kind(StartKind::Anchored)
                    .accelerate(false),
            )
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false).shrink(false))
            .build_many(&texts)
            .map_err(|error| error.to_string())?;
        Ok(Self { regions, dfa, patterns, national })
    }

    /// The entry for national numbers whose first `digits` digits have led the automaton to this state.
    fn place(
        &self,
        state: StateID,
        digits: usize,
        table: &mut Table,
        known: &mut HashMap<(StateID, usize), u16>,
    ) -> Result<u16, String> {
        if self.dfa.is_dead_state(state) {
            return Ok(0);
        }
        if let Some(place) = known.get(&(state, digits)) {
            return Ok(*place);
        }
        let mut next = [0; 10];
        if digits < self.national {
            for (digit, next) in (b'0'..=b'9').zip(&mut next) {
                *next = self.place(self.dfa.next_state(state, digit), digits + 1, table, known)?;
            }
        }
        let outcome = if digits < MIN_NATIONAL { 0 } else { self.outcome(state, digits, table)? };
        let place = table.place((outcome, next))?;
        known.insert((state, digits), place);
        Ok(place)
    }

    /// The outcome for a number, computed as `rlibphonenumber` does: `get_region_for_number`, then
    /// `get_number_type_helper`.
    fn outcome(&self, state: StateID, digits: usize, table: &mut Table) -> Result<u16, String> {
        let end = self.dfa.next_eoi_state(state);
        let fitting: Vec<_> = if self.dfa.is_match_state(end) {
            (0..self.dfa.match_len(end)).map(|n| self.patterns[self.dfa.match_pattern(end, n).as_usize()]).collect()
        } else {
            Vec::new()
        };
        let of = |place: usize| fitting.iter().filter(move |(region, _)| *region == place).map(|(_, role)| *role);
        for (place, region) in self.regions.iter().enumerate() {
            let leads = of(place).any(|role| matches!(role, Role::LeadingDigits));
            let is_general = of(place).any(|role| matches!(role, Role::General)) && has(&region.general, digits);
            let kind = of(place).filter_map(|role| if let Role::Type(kind) = role { Some(kind) } else { None });
            let kind = kind.filter(|kind| has(&region.types[*kind].0, digits)).min().filter(|_| is_general);
            match kind {
                Some(kind) => {
                    let is_denied = of(place).any(|role| matches!(role, Role::Denied));
                    return table.outcome(&region.id, region.types[kind].1 && !is_denied, true);
                }
                None if leads => break,
                None => {}
            }
        }
        // A number on the deny list is denied even in a range that the metadata do not know. It counts as a number of
        // the main country.
        match self.regions.first() {
            Some(main) if has(&main.general, digits) && of(0).any(|role| matches!(role, Role::Denied)) => {
                table.outcome(&main.id, false, false)
            }
            _ => Ok(0),
        }
    }
}

fn has(desc: &Desc, digits: usize) -> bool {
    desc.lengths.is_empty() || desc.lengths.contains(&(digits as u64))
}
