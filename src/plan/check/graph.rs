//! What waits for what: circles, everything that comes before, the longest way. Without recursion: plans may be long.

use std::collections::{HashMap, HashSet};

use crate::plan::types::{Runbook, Step};

/// For each thing, by number, the things it needs.
#[derive(Debug, Default)]
pub struct Graph {
    pub needs: Vec<Vec<usize>>,
}

impl Graph {
    /// The circles, each once, as the numbers along it.
    pub fn circles(&self) -> Vec<Vec<usize>> {
        const NEW: u8 = 0;
        const OPEN: u8 = 1;
        const DONE: u8 = 2;
        let mut state = vec![NEW; self.needs.len()];
        let mut found = Vec::new();
        for start in 0..self.needs.len() {
            if state[start] != NEW {
                continue;
            }
            let mut path = vec![(start, 0)];
            state[start] = OPEN;
            while let Some((node, next)) = path.last_mut() {
                let Some(&need) = self.needs[*node].get(*next) else {
                    state[*node] = DONE;
                    path.pop();
                    continue;
                };
                *next += 1;
                match state[need] {
                    NEW => {
                        state[need] = OPEN;
                        path.push((need, 0));
                    }
                    OPEN => {
                        let from = path.iter().position(|(node, _)| *node == need).unwrap_or(0);
                        found.push(path[from..].iter().map(|(node, _)| *node).collect());
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// All that comes before `of`, at any distance; `of` itself only in a circle.
    pub fn before(&self, of: usize) -> HashSet<usize> {
        let mut seen = HashSet::new();
        let mut open: Vec<usize> = self.needs[of].clone();
        while let Some(one) = open.pop() {
            if seen.insert(one) {
                open.extend(&self.needs[one]);
            }
        }
        seen
    }

    /// All that comes after `of`, at any distance.
    pub fn after(&self, of: usize) -> HashSet<usize> {
        let mut dependents = vec![Vec::new(); self.needs.len()];
        for (one, needs) in self.needs.iter().enumerate() {
            for need in needs {
                dependents[*need].push(one);
            }
        }
        Graph { needs: dependents }.before(of)
    }

    /// The most that the `cost`s along one way add up to; `None` in a circle.
    pub fn longest(&self, cost: &[u64]) -> Option<u64> {
        let mut waiting: Vec<usize> = self.needs.iter().map(Vec::len).collect();
        let mut dependents = vec![Vec::new(); self.needs.len()];
        for (one, needs) in self.needs.iter().enumerate() {
            for need in needs {
                dependents[*need].push(one);
            }
        }
        let mut ready: Vec<usize> = (0..waiting.len()).filter(|one| waiting[*one] == 0).collect();
        let mut total = vec![0_u64; waiting.len()];
        let (mut done, mut most) = (0, 0);
        while let Some(one) = ready.pop() {
            done += 1;
            let end = total[one].saturating_add(cost[one]);
            most = most.max(end);
            for &next in &dependents[one] {
                total[next] = total[next].max(end);
                waiting[next] -= 1;
                if waiting[next] == 0 {
                    ready.push(next);
                }
            }
        }
        (done == waiting.len()).then_some(most)
    }
}

/// A runbook's steps with what each waits for, as [`Runbook::needs_of`] says it, in one pass.
pub struct Steps<'p> {
    pub all: Vec<&'p Step>,
    pub graph: Graph,
}

impl<'p> Steps<'p> {
    pub fn of(runbook: &'p Runbook) -> Self {
        let all: Vec<&Step> = runbook.steps().collect();
        let number: HashMap<&str, usize> = all.iter().enumerate().rev().map(|(n, step)| (step.id.as_str(), n)).collect();
        let (mut needs, mut above, mut n) = (Vec::new(), None, 0);
        for phase in &runbook.phases {
            let mut previous = if phase.alongside { None } else { above };
            for step in &phase.steps {
                needs.push(match &step.needs {
                    Some(said) => said.iter().filter_map(|id| number.get(id.as_str()).copied()).collect(),
                    None => previous.into_iter().collect(),
                });
                previous = Some(n);
                n += 1;
            }
            if !phase.alongside {
                above = previous;
            }
        }
        Self { all, graph: Graph { needs } }
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    fn graph(needs: &[&[usize]]) -> Graph {
        Graph { needs: needs.iter().map(|n| n.to_vec()).collect() }
    }

    #[test]
    fn circles_are_found_and_named_in_order() {
        assert_eq!(graph(&[&[], &[0], &[1]]).circles(), Vec::<Vec<usize>>::new());
        assert_eq!(graph(&[&[2], &[0], &[1], &[0]]).circles(), vec![vec![0, 2, 1]]);
        assert_eq!(graph(&[&[0]]).circles(), vec![vec![0]]);
    }

    #[test]
    fn a_very_long_chain_costs_no_stack() {
        let needs = (0..100_000_usize).map(|n| n.checked_sub(1).into_iter().collect()).collect();
        let chain = Graph { needs };
        assert!(chain.circles().is_empty());
        assert_eq!(chain.longest(&vec![1; 100_000]), Some(100_000));
        assert_eq!(chain.before(99_999).len(), 99_999);
    }

    #[test]
    fn the_longest_way_counts_not_the_sum() {
        assert_eq!(graph(&[&[], &[0], &[0], &[1, 2]]).longest(&[1, 5, 2, 1]), Some(7));
        assert_eq!(graph(&[&[1], &[0]]).longest(&[1, 1]), None);
    }
}
