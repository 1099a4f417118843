//! The stable merge sort of `list.sort`: the same comparisons in the same order as CPython 3.13 (Objects/listobject.c,
//! Objects/listsort.txt), because a program may watch them.
//!
//! Positions are sorted, not items: `less(i, j)` says whether item `i` is less than item `j`, and may fail.

const MIN_GALLOP: isize = 7;

/// A run that waits to be merged: positions `start..start + len` of the order.
struct Run {
    start: usize,
    len: usize,
    /// Depth of the run's boundary in the merge tree (powersort).
    power: u32,
}

struct Sorter<F> {
    order: Vec<u32>,
    less: F,
    runs: Vec<Run>,
    min_gallop: isize,
}

/// Sorts the positions `0..count`. Gives their order; if a comparison fails, the order reached so far and the error.
pub fn sort<E>(count: usize, less: impl FnMut(u32, u32) -> Result<bool, E>) -> (Vec<u32>, Result<(), E>) {
    let order = (0..count as u32).collect();
    let mut sorter = Sorter { order, less, runs: Vec::new(), min_gallop: MIN_GALLOP };
    let result = if count < 2 { Ok(()) } else { sorter.run() };
    (sorter.order, result)
}

impl<E, F: FnMut(u32, u32) -> Result<bool, E>> Sorter<F> {
    fn run(&mut self) -> Result<(), E> {
        let length = self.order.len();
        let min_run = compute_min_run(length);
        let mut start = 0;
        while start < length {
            let remaining = length - start;
            let mut run = self.count_run(start, remaining)?;
            if run < min_run {
                let forced = remaining.min(min_run);
                self.binary_sort(start, forced, run)?;
                run = forced;
            }
            self.found_new_run(run)?;
            self.runs.push(Run { start, len: run, power: 0 });
            start += run;
        }
        while self.runs.len() > 1 {
            let mut at = self.runs.len() - 2;
            if at > 0 && self.runs[at - 1].len < self.runs[at + 1].len {
                at -= 1;
            }
            self.merge_at(at)?;
        }
        Ok(())
    }

    /// Is the item at position `i` of the order less than that at `j`?
    fn lt(&mut self, i: usize, j: usize) -> Result<bool, E> {
        (self.less)(self.order[i], self.order[j])
    }

    /// Length of the run that begins at `lo`; a descending one is turned around, equal items keep their order.
    fn count_run(&mut self, lo: usize, remaining: usize) -> Result<usize, E> {
        let mut n = 1;
        while n < remaining && !self.lt(lo + n, lo + n - 1)? {
            n += 1;
        }
        if n == remaining {
            return Ok(n);
        }
        if n > 1 {
            if self.lt(lo, lo + n - 1)? {
                return Ok(n);
            }
            self.order[lo..lo + n].reverse();
        }
        n += 1;
        let mut equal = 0;
        while n < remaining {
            if self.lt(lo + n, lo + n - 1)? {
                self.reverse_equal(lo + n, &mut equal);
            } else if self.lt(lo + n - 1, lo + n)? {
                break;
            } else {
                equal += 1;
            }
            n += 1;
        }
        self.reverse_equal(lo + n, &mut equal);
        self.order[lo..lo + n].reverse();
        while n < remaining && !self.lt(lo + n, lo + n - 1)? {
            n += 1;
        }
        Ok(n)
    }

    fn reverse_equal(&mut self, end: usize, equal: &mut usize) {
        if *equal > 0 {
            self.order[end - *equal - 1..end].reverse();
            *equal = 0;
        }
    }

    /// Insertion sort of `n` positions from `lo`, of which the first `sorted` are.
    fn binary_sort(&mut self, lo: usize, n: usize, sorted: usize) -> Result<(), E> {
        for at in sorted.max(1)..n {
            let pivot = self.order[lo + at];
            let (mut left, mut right) = (0, at);
            while left < right {
                let middle = (left + right) >> 1;
                if (self.less)(pivot, self.order[lo + middle])? {
                    right = middle;
                } else {
                    left = middle + 1;
                }
            }
            self.order[lo + left..=lo + at].rotate_right(1);
        }
        Ok(())
    }

    fn found_new_run(&mut self, n2: usize) -> Result<(), E> {
        let Some(last) = self.runs.last() else { return Ok(()) };
        let power = power_of(last.start, last.len, n2, self.order.len());
        while self.runs.len() > 1 && self.runs[self.runs.len() - 2].power > power {
            self.merge_at(self.runs.len() - 2)?;
        }
        if let Some(last) = self.runs.last_mut() {
            last.power = power;
        }
        Ok(())
    }

    /// Merges run `at` with the next one.
    fn merge_at(&mut self, at: usize) -> Result<(), E> {
        let (mut a, mut na) = (self.runs[at].start, self.runs[at].len);
        let (b, nb) = (self.runs[at + 1].start, self.runs[at + 1].len);
        self.runs[at].len = na + nb;
        let next = self.runs.remove(at + 1);
        let mut nb = next.len.min(nb);
        let key = self.order[b];
        let skip = gallop_right(&mut self.less, key, &self.order[a..a + na], 0)?;
        a += skip;
        na -= skip;
        if na == 0 {
            return Ok(());
        }
        let key = self.order[a + na - 1];
        nb = gallop_left(&mut self.less, key, &self.order[b..b + nb], nb - 1)?;
        if nb == 0 {
            return Ok(());
        }
        if na <= nb { self.merge_lo(a, na, b, nb) } else { self.merge_hi(a, na, b, nb) }
    }

    /// Merges adjacent runs from the left; the shorter left one is copied away.
    fn merge_lo(&mut self, a: usize, na: usize, b: usize, nb: usize) -> Result<(), E> {
        let copy = self.order[a..a + na].to_vec();
        let mut state = Merge { at: 0, n: na, other: b, m: nb, dest: a };
        let result = self.merge_lo_loop(&copy, &mut state);
        // What is left of the copy goes where the merge stopped.
        let rest = &copy[state.at..state.at + state.n];
        if result.is_ok() && state.m > 0 {
            // One item of the left run is left: it goes last.
            self.order.copy_within(state.other..state.other + state.m, state.dest);
            state.dest += state.m;
        }
        self.order[state.dest..state.dest + rest.len()].copy_from_slice(rest);
        result
    }

    fn merge_lo_loop(&mut self, copy: &[u32], s: &mut Merge) -> Result<(), E> {
        take_b(&mut self.order, s);
        if s.m == 0 || s.n == 1 {
            return Ok(());
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut a_count, mut b_count) = (0isize, 0isize);
            loop {
                if (self.less)(self.order[s.other], copy[s.at])? {
                    take_b(&mut self.order, s);
                    b_count += 1;
                    a_count = 0;
                    if s.m == 0 {
                        return Ok(());
                    }
                    if b_count >= min_gallop {
                        break;
                    }
                } else {
                    self.order[s.dest] = copy[s.at];
                    s.dest += 1;
                    s.at += 1;
                    s.n -= 1;
                    a_count += 1;
                    b_count = 0;
                    if s.n == 1 {
                        return Ok(());
                    }
                    if a_count >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= isize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let k = gallop_right(&mut self.less, self.order[s.other], &copy[s.at..s.at + s.n], 0)?;
                let a_many = k;
                if k > 0 {
                    self.order[s.dest..s.dest + k].copy_from_slice(&copy[s.at..s.at + k]);
                    s.dest += k;
                    s.at += k;
                    s.n -= k;
                    // With a consistent comparison `n` cannot be 0 here.
                    if s.n <= 1 {
                        return Ok(());
                    }
                }
                take_b(&mut self.order, s);
                if s.m == 0 {
                    return Ok(());
                }
                let k = gallop_left(&mut self.less, copy[s.at], &self.order[s.other..s.other + s.m], 0)?;
                if k > 0 {
                    self.order.copy_within(s.other..s.other + k, s.dest);
                    s.dest += k;
                    s.other += k;
                    s.m -= k;
                    if s.m == 0 {
                        return Ok(());
                    }
                }
                self.order[s.dest] = copy[s.at];
                s.dest += 1;
                s.at += 1;
                s.n -= 1;
                if s.n == 1 {
                    return Ok(());
                }
                if (a_many as isize) < MIN_GALLOP && (k as isize) < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }

    /// Merges adjacent runs from the right; the shorter right one is copied away.
    fn merge_hi(&mut self, a: usize, na: usize, b: usize, nb: usize) -> Result<(), E> {
        let copy = self.order[b..b + nb].to_vec();
        // Here `n` counts what is left of the copy (its first items), `m` what is left of the left run; `dest` is one past
        // the position to fill next.
        let mut state = Merge { at: 0, n: nb, other: a, m: na, dest: b + nb };
        let result = self.merge_hi_loop(&copy, &mut state);
        if result.is_ok() && state.m > 0 {
            // One item of the right run is left: it goes first.
            let from = state.other..state.other + state.m;
            state.dest -= state.m;
            self.order.copy_within(from, state.dest);
        }
        let rest = &copy[..state.n];
        self.order[state.dest - rest.len()..state.dest].copy_from_slice(rest);
        result
    }

    fn merge_hi_loop(&mut self, copy: &[u32], s: &mut Merge) -> Result<(), E> {
        take_a(&mut self.order, s);
        if s.m == 0 || s.n == 1 {
            return Ok(());
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut a_count, mut b_count) = (0isize, 0isize);
            loop {
                if (self.less)(copy[s.n - 1], self.order[s.other + s.m - 1])? {
                    take_a(&mut self.order, s);
                    a_count += 1;
                    b_count = 0;
                    if s.m == 0 {
                        return Ok(());
                    }
                    if a_count >= min_gallop {
                        break;
                    }
                } else {
                    self.order[s.dest - 1] = copy[s.n - 1];
                    s.dest -= 1;
                    s.n -= 1;
                    b_count += 1;
                    a_count = 0;
                    if s.n == 1 {
                        return Ok(());
                    }
                    if b_count >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= isize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let left = &self.order[s.other..s.other + s.m];
                let k = s.m - gallop_right(&mut self.less, copy[s.n - 1], left, s.m - 1)?;
                let a_many = k;
                if k > 0 {
                    self.order.copy_within(s.other + s.m - k..s.other + s.m, s.dest - k);
                    s.dest -= k;
                    s.m -= k;
                    if s.m == 0 {
                        return Ok(());
                    }
                }
                self.order[s.dest - 1] = copy[s.n - 1];
                s.dest -= 1;
                s.n -= 1;
                if s.n == 1 {
                    return Ok(());
                }
                let k = s.n - gallop_left(&mut self.less, self.order[s.other + s.m - 1], &copy[..s.n], s.n - 1)?;
                if k > 0 {
                    self.order[s.dest - k..s.dest].copy_from_slice(&copy[s.n - k..s.n]);
                    s.dest -= k;
                    s.n -= k;
                    if s.n <= 1 {
                        return Ok(());
                    }
                }
                take_a(&mut self.order, s);
                if s.m == 0 {
                    return Ok(());
                }
                if (a_many as isize) < MIN_GALLOP && (k as isize) < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }
}

/// Where a merge stands.
struct Merge {
    /// Next position within the copied run, and how many are left of it.
    at: usize,
    n: usize,
    /// Next position of the run in place, and how many are left of it.
    other: usize,
    m: usize,
    /// Where the next item goes.
    dest: usize,
}

/// The next item of the run in place, from its left end.
fn take_b(order: &mut [u32], s: &mut Merge) {
    order[s.dest] = order[s.other];
    s.dest += 1;
    s.other += 1;
    s.m -= 1;
}

/// The next item of the run in place, from its right end.
fn take_a(order: &mut [u32], s: &mut Merge) {
    order[s.dest - 1] = order[s.other + s.m - 1];
    s.dest -= 1;
    s.m -= 1;
}

/// Runs shorter than this are extended by insertion.
fn compute_min_run(mut n: usize) -> usize {
    let mut rest = 0;
    while n >= 64 {
        rest |= n & 1;
        n >>= 1;
    }
    n + rest
}

/// Powersort: the first bit in which the middles of two adjacent runs differ as fractions of the whole.
fn power_of(start: usize, n1: usize, n2: usize, total: usize) -> u32 {
    let mut a = 2 * start + n1;
    let mut b = a + n1 + n2;
    let mut power = 0;
    loop {
        power += 1;
        if a >= total {
            a -= total;
            b -= total;
        } else if b >= total {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

/// The position in sorted `run` before which `key` belongs, left of its equals; the search starts at `hint`.
fn gallop_left<E>(
    less: &mut impl FnMut(u32, u32) -> Result<bool, E>,
    key: u32,
    run: &[u32],
    hint: usize,
) -> Result<usize, E> {
    let n = run.len() as isize;
    let hint = hint as isize;
    let (mut last, mut offset) = (0isize, 1isize);
    if less(run[hint as usize], key)? {
        let most = n - hint;
        while offset < most && less(run[(hint + offset) as usize], key)? {
            last = offset;
            offset = offset * 2 + 1;
        }
        offset = offset.min(most);
        last += hint;
        offset += hint;
    } else {
        let most = hint + 1;
        while offset < most && !less(run[(hint - offset) as usize], key)? {
            last = offset;
            offset = offset * 2 + 1;
        }
        offset = offset.min(most);
        (last, offset) = (hint - offset, hint - last);
    }
    last += 1;
    while last < offset {
        let middle = last + ((offset - last) >> 1);
        if less(run[middle as usize], key)? {
            last = middle + 1;
        } else {
            offset = middle;
        }
    }
    Ok(offset as usize)
}

/// The same, right of its equals.
fn gallop_right<E>(
    less: &mut impl FnMut(u32, u32) -> Result<bool, E>,
    key: u32,
    run: &[u32],
    hint: usize,
) -> Result<usize, E> {
    let n = run.len() as isize;
    let hint = hint as isize;
    let (mut last, mut offset) = (0isize, 1isize);
    if less(key, run[hint as usize])? {
        let most = hint + 1;
        while offset < most && less(key, run[(hint - offset) as usize])? {
            last = offset;
            offset = offset * 2 + 1;
        }
        offset = offset.min(most);
        (last, offset) = (hint - offset, hint - last);
    } else {
        let most = n - hint;
        while offset < most && !less(key, run[(hint + offset) as usize])? {
            last = offset;
            offset = offset * 2 + 1;
        }
        offset = offset.min(most);
        last += hint;
        offset += hint;
    }
    last += 1;
    while last < offset {
        let middle = last + ((offset - last) >> 1);
        if less(key, run[middle as usize])? {
            offset = middle;
        } else {
            last = middle + 1;
        }
    }
    Ok(offset as usize)
}

#[cfg(test)]
mod tests {
    use super::sort;

    /// Sorts by counted comparisons.
    fn counted(items: &[i64]) -> (Vec<u32>, usize) {
        let mut count = 0;
        let (order, result) = sort(items.len(), |i, j| {
            count += 1;
            Ok::<bool, ()>(items[i as usize] < items[j as usize])
        });
        assert_eq!(result, Ok(()));
        (order, count)
    }

    /// A sequence without a pattern.
    fn scrambled(count: usize, modulus: i64) -> Vec<i64> {
        (0..count as i64).map(|i| i * 7919 % 10007 * 31 % modulus).collect()
    }

    #[test]
    fn sorts_stably() {
        for modulus in [2, 17, 1000, 100_000] {
            for count in [0, 1, 2, 3, 10, 63, 64, 65, 200, 1000, 5000] {
                let items = scrambled(count, modulus);
                let mut wanted: Vec<u32> = (0..count as u32).collect();
                wanted.sort_by_key(|i| items[*i as usize]);
                assert_eq!(counted(&items).0, wanted, "{count} items below {modulus}");
            }
        }
    }

    #[test]
    fn compares_as_often_as_cpython() {
        // Counted with CPython 3.13.
        let ordered: Vec<i64> = (0..100).collect();
        let reversed: Vec<i64> = (0..100).rev().collect();
        assert_eq!(counted(&ordered).1, 99);
        assert_eq!(counted(&reversed).1, 99);
        assert_eq!(counted(&scrambled(50, 1000)).1, 219);
        assert_eq!(counted(&scrambled(1000, 100_000)).1, 8656);
        assert_eq!(counted(&scrambled(1000, 17)).1, 7439);
        let saw: Vec<i64> = (0..2000).map(|i| i % 300).collect();
        assert_eq!(counted(&saw).1, 7620);
        let equal: Vec<i64> = [5, 5, 4, 4, 4, 3, 7, 1].repeat(9);
        assert_eq!(counted(&equal).1, 334);
    }

    #[test]
    fn an_error_leaves_a_permutation() {
        let items = scrambled(500, 1000);
        for limit in [1, 10, 400, 2000, 3000] {
            let mut count = 0;
            let (mut order, result) = sort(items.len(), |i, j| {
                count += 1;
                if count > limit { Err(()) } else { Ok(items[i as usize] < items[j as usize]) }
            });
            assert_eq!(result, Err(()));
            order.sort_unstable();
            assert_eq!(order, (0..500).collect::<Vec<u32>>());
        }
    }
}
