//! What all tasks wait for, as a table. Nothing is left that could ever run again: the deadlock is reported, and the program
//! ends with status 13. Ctrl-C and SIGQUIT show the same table.
//!
//! ```text
//! error[deadlock]: nothing can run again: no ready task, timer, socket or helper thread is left
//!   cycle  one#2  waits for Lock b               dead.co:6   held by two#3 since dead.co:9
//!          two#3  waits for Lock a               dead.co:11  held by one#2 since dead.co:4
//!   also   main#1 waits for gather(one#2, two#3) dead.co:15
//! ```

use super::{cancel, data, functions, gather, queue, sync, task};
use crate::object::call::{Args, Outcome};
use crate::object::coroutine::Coro;
use crate::object::function::Machine;
use crate::object::future::{Task, Wait, WaitFor, fut};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::stacks::Place;
use rustc_hash::FxHashMap;
use std::fmt::Write;

/// Exit status of a deadlock.
const DEADLOCK: i64 = 13;

/// A task in the graph of who waits for whom.
struct Node {
    label: String,
    /// The function of its coroutine: tasks that do the same are shown as one.
    function: String,
    /// `waits for Lock b`, `waits for gather(one#2, two#3)`, `runs`
    what: String,
    /// Where it stands.
    place: String,
    /// `held by two#3 since dead.co:9`
    held: String,
    /// Nodes that would have to go on first.
    edges: Vec<usize>,
}

/// Reports who waits for what, and raises `SystemExit(13)`.
pub(super) fn nothing_left(vm: &mut Vm, event_loop: &Ref) -> Outcome<()> {
    let text = report(vm, event_loop);
    vm.flush_output();
    crate::vm::output::complain(&text);
    functions::pending_tasks(event_loop).iter().for_each(keep_quiet);
    let class = vm.types.exc.system_exit;
    let exc = vm.make_exception(class, &[Value::small_int(DEADLOCK)]);
    Err(vm.raise_value(exc))
}

fn report(vm: &mut Vm, event_loop: &Ref) -> String {
    let mut text =
        String::from("error[deadlock]: nothing can run again: no ready task, timer, socket or helper thread is left\n");
    let nodes = nodes(vm, event_loop);
    if nodes.is_empty() {
        text.push_str("  no task is pending; the loop was to run until somebody stops it\n");
        return text;
    }
    let cycle = find_cycle(&nodes);
    table(&mut text, &nodes, &cycle);
    if cycle.len() == 1 && nodes[cycle[0]].edges == [cycle[0]] {
        text.push_str("note: it waits for itself\n");
    } else if cycle.len() == 2 && cycle.iter().all(|&i| nodes[i].what.starts_with("waits for Lock")) {
        text.push_str("note: the two tasks take the same locks in opposite order\n");
    }
    text
}

/// Ctrl-C: the main task is cancelled, if there is one; else KeyboardInterrupt ends the loop. Shows where each task stood.
pub(super) fn interrupted(machine: &mut Machine, _: Args) -> Outcome {
    let vm = Vm::of(machine);
    let event_loop = &vm.sched.running.clone();
    let main = data(event_loop).map_or(Ref::NONE, |d| d.main_task.clone());
    let first = data(event_loop).is_some_and(|d| !d.interrupted);
    if first && main.as_future().is_some_and(|f| !f.is_done()) {
        let text = tasks_text(vm, event_loop, "interrupted: the main task is cancelled");
        vm.flush_output();
        crate::vm::output::complain(&text);
        if let Some(data) = data(event_loop) {
            data.interrupted = true;
        }
        cancel::cancel(vm, *main, &Ref::NONE)?;
        return Ok(Ref::NONE);
    }
    let class = vm.types.exc.keyboard_interrupt;
    Err(vm.raise_bare(class))
}

/// What all tasks do, on standard error.
pub(super) fn show_tasks(machine: &mut Machine, _: Args) -> Outcome {
    let vm = Vm::of(machine);
    let event_loop = vm.sched.running.clone();
    let text = tasks_text(vm, &event_loop, "tasks");
    vm.flush_output();
    crate::vm::output::complain(&text);
    Ok(Ref::NONE)
}

fn tasks_text(vm: &mut Vm, event_loop: &Ref, title: &str) -> String {
    let mut text = format!("{title}\n");
    let nodes = nodes(vm, event_loop);
    table(&mut text, &nodes, &[]);
    text
}

fn nodes(vm: &mut Vm, event_loop: &Ref) -> Vec<Node> {
    nodes_of(vm, &functions::pending_tasks(event_loop))
}

fn nodes_of(vm: &mut Vm, tasks: &[Ref]) -> Vec<Node> {
    let names = variables(vm, tasks);
    tasks.iter().map(|task| node(vm, task, tasks, &names)).collect()
}

/// `asyncio.run`'s main coroutine has returned: shows the tasks that are still pending, which are about to be cancelled.
pub(super) fn show_leftovers(vm: &mut Vm, event_loop: &Ref) {
    let tasks: Vec<Ref> = functions::pending_tasks(event_loop).into_iter().filter(|t| !is_ending(t)).collect();
    show_pending(vm, &tasks, "when the main coroutine returned", "cancelled");
}

/// The program is over: shows the tasks that never ended.
pub fn show_pending_at_exit(vm: &mut Vm) {
    let tasks: Vec<Ref> = functions::all_pending().into_iter().filter(|t| !is_ending(t)).collect();
    show_pending(vm, &tasks, "when the program ended", "lost");
    tasks.iter().for_each(keep_quiet);
}

/// It was cancelled or reported already.
fn is_ending(task: &Ref) -> bool {
    task.get::<Task>().is_none_or(|t| t.future.has(fut::QUIET) || t.future.has(fut::MUST_CANCEL) || t.cancels > 0)
}

/// Its end need not be reported again.
fn keep_quiet(task: &Ref) {
    if let Some(future) = task.as_future() {
        future.set(fut::QUIET, true);
    }
}

fn show_pending(vm: &mut Vm, tasks: &[Ref], when: &str, fate: &str) {
    if tasks.is_empty() {
        return;
    }
    let were = if tasks.len() == 1 { "1 task was".to_owned() } else { format!("{} tasks were", tasks.len()) };
    let mut text = format!("warning[still-pending]: {were} still pending {when}, and {fate}\n");
    let nodes = nodes_of(vm, tasks);
    table(&mut text, &nodes, &[]);
    text.push_str("note: wait for them: `await task`, `await asyncio.gather(…)`, or a TaskGroup\n");
    vm.flush_output();
    crate::vm::output::complain(&text);
}

/// Lines of a table at most.
const MOST_LINES: usize = 24;

/// A line for each task, or for several of the same function that do the same; those of a cycle come first.
fn table(text: &mut String, nodes: &[Node], cycle: &[usize]) {
    let others: Vec<usize> = (0..nodes.len()).filter(|i| !cycle.contains(i)).collect();
    let also = if cycle.is_empty() { "  " } else { "  also   " };
    let mut lines: Vec<(&str, [String; 4])> = Vec::new();
    for (heading, members) in [("  cycle  ", cycle), (also, &others[..])] {
        lines.extend(folded(nodes, members).into_iter().map(|columns| (heading, columns)));
    }
    let hidden = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    let width = |at: usize| lines.iter().map(|(_, columns)| columns[at].chars().count()).max().unwrap_or(0);
    let (label, what, place) = (width(0), width(1), width(2));
    let mut last = "";
    for (heading, [who, does, stands, held]) in &lines {
        let blank = " ".repeat(heading.len());
        let begin = if *heading == last { &blank } else { *heading };
        last = heading;
        text.push_str(format!("{begin}{who:label$} {does:what$} {stands:place$}  {held}").trim_end());
        text.push('\n');
    }
    if hidden > 0 {
        let _ = writeln!(text, "  … {hidden} more lines");
    }
}

/// The columns of these tasks; several of one function that do the same are one line.
fn folded(nodes: &[Node], members: &[usize]) -> Vec<[String; 4]> {
    /// So many are shown one by one.
    const FEW: usize = 3;
    let does = |at: usize| (&nodes[at].function, &nodes[at].what, &nodes[at].place, &nodes[at].held);
    let mut groups: FxHashMap<_, Vec<usize>> = FxHashMap::default();
    for &at in members {
        groups.entry(does(at)).or_default().push(at);
    }
    let mut lines = Vec::new();
    for &at in members {
        let group = &groups[&does(at)];
        let node = &nodes[at];
        let who = match group.len() {
            0..=FEW => node.label.clone(),
            many if group[0] == at => format!("{} … {} (×{many})", node.label, nodes[group[many - 1]].label),
            _ => continue,
        };
        lines.push([who, node.what.clone(), node.place.clone(), node.held.clone()]);
    }
    lines
}

/// The variables of all suspended tasks and of the main program: how locks and queues are called.
fn variables(vm: &mut Vm, tasks: &[Ref]) -> Vec<(Value, Ref)> {
    let mut found = Vec::new();
    for task in tasks {
        let coroutine = task.get::<Task>().map_or(Ref::NONE, |t| t.coroutine.clone());
        found.extend(vm.suspended_variables(*coroutine));
    }
    if let Some(module) = vm.imports.modules.get("__main__")
        && let Some(module) = module.get::<crate::object::function::Module>()
    {
        found.extend(module.globals.entries().into_iter().map(|(name, value)| (name, value.to_ref())));
    }
    found
}

/// `one#2`: the task's own name if it was given one, else its coroutine's; and its number.
pub(super) fn label(task: &Task) -> String {
    if task.name.as_str().is_some() {
        return format!("{}#{}", task::name_text(task), task.serial);
    }
    format!("{}#{}", function_of(task), task.serial)
}

/// The name of its coroutine's function.
fn function_of(task: &Task) -> String {
    match Coro::from_value(&task.coroutine) {
        Some(coro) => coro.code().info.name.as_str().unwrap_or("?").to_owned(),
        None => super::wait::function_name(*task.coroutine).to_owned(),
    }
}

fn node(vm: &mut Vm, task: &Ref, tasks: &[Ref], names: &[(Value, Ref)]) -> Node {
    let mut node = Node {
        label: String::new(),
        function: String::new(),
        what: String::new(),
        place: String::new(),
        held: String::new(),
        edges: Vec::new(),
    };
    let Some(object) = task.get::<Task>() else { return node };
    node.label = label(object);
    node.function = function_of(object);
    let is_running = **task == *vm.sched.task;
    let stack = vm.suspended_stack(*object.coroutine);
    if let Some(place) = stack.iter().rev().find(|p| !p.is_hidden()) {
        node.place = place.text();
    }
    let waiter = object.waiter.clone();
    let position = |wanted: Value| tasks.iter().position(|t| **t == wanted);
    match waiter.kind() {
        Some(Kind::Task) => {
            node.what = waiter.get::<Task>().map_or_else(String::new, |t| format!("task {}", label(t)));
            node.edges.extend(position(*waiter));
        }
        Some(Kind::Future) if gather::is_gathering(*waiter) => {
            let children = waiter.as_future().map(|f| gather::children(&f.result).to_vec()).unwrap_or_default();
            let shown: Vec<String> = children.iter().filter_map(|c| c.get::<Task>()).map(label).collect();
            node.what = format!("gather({})", shortened(shown));
            node.edges.extend(children.iter().filter_map(|c| position(**c)));
        }
        Some(Kind::Wait) => describe_wait(&waiter, tasks, names, &mut node),
        None if stack.is_empty() || object.waiter.is_none() => node.what = "its turn".to_owned(),
        _ => node.what = library_call(&stack),
    }
    node.what = if is_running { "runs".to_owned() } else { format!("waits for {}", node.what) };
    node
}

/// At most three names.
fn shortened(names: Vec<String>) -> String {
    const MOST: usize = 3;
    match names.len() {
        0..=MOST => names.join(", "),
        more => format!("{}, … {} more", names[..MOST].join(", "), more - MOST),
    }
}

/// What a primitive is called by the variable that holds it.
fn called(kind: &str, source: Value, names: &[(Value, Ref)]) -> String {
    match names.iter().find(|(_, value)| **value == source) {
        Some((name, _)) => format!("{kind} {}", name.as_str().unwrap_or("?")),
        None => format!("a {kind}"),
    }
}

fn describe_wait(waiter: &Ref, tasks: &[Ref], names: &[(Value, Ref)], node: &mut Node) {
    let Some(wait) = waiter.get::<Wait>() else { return };
    let source = *wait.source;
    node.what = match wait.what {
        WaitFor::Sleep => match super::event_loop::plain_seconds(source) {
            Some(seconds) if seconds.is_finite() => format!("sleep({seconds})"),
            _ => "a sleep without end".to_owned(),
        },
        WaitFor::Event if queue::is_finished_event(source, names) => "a queue's tasks to be done".to_owned(),
        WaitFor::Event => called("Event", source, names),
        WaitFor::Lock => called("Lock", source, names),
        WaitFor::Semaphore => called("Semaphore", source, names),
        WaitFor::QueueGet => format!("an item of {}", called("Queue", source, names)),
        WaitFor::QueuePut => format!("room in {}", called("Queue", source, names)),
        WaitFor::Nothing => String::new(),
    };
    let Some((serial, place)) = sync::holder(&source) else { return };
    let holder = tasks.iter().position(|t| t.get::<Task>().is_some_and(|t| t.serial == serial));
    let who = match holder.and_then(|at| tasks[at].get::<Task>()) {
        Some(task) => label(task),
        None if serial == 0 => "nobody's task".to_owned(),
        None => format!("task #{serial}, which has ended"),
    };
    let since = place.map_or_else(String::new, |p: Place| format!(" since {}", p.text()));
    node.held = format!("held by {who}{since}");
    node.edges.extend(holder);
}

/// The function of the library in which a task waits.
fn library_call(stack: &[Place]) -> String {
    let inner = stack.iter().rev().take_while(|p| p.is_hidden()).last();
    match inner {
        Some(place) => {
            let name = place.code.info.qualname.as_str().unwrap_or("?");
            match name.strip_suffix(".__aexit__") {
                Some(class) => format!("the end of a {class}"),
                None => format!("{name}()"),
            }
        }
        None => "a future that nobody will settle".to_owned(),
    }
}

/// The first cycle of edges, in their order; empty if there is none.
fn find_cycle(nodes: &[Node]) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; nodes.len()];
    for start in 0..nodes.len() {
        if marks[start] != Mark::New {
            continue;
        }
        // The open path, each node with the number of its next edge.
        let mut path = vec![(start, 0)];
        marks[start] = Mark::Open;
        while let Some((at, edge)) = path.last_mut() {
            let Some(&next) = nodes[*at].edges.get(*edge) else {
                marks[*at] = Mark::Done;
                path.pop();
                continue;
            };
            *edge += 1;
            match marks[next] {
                Mark::New => {
                    marks[next] = Mark::Open;
                    path.push((next, 0));
                }
                Mark::Open => {
                    let begin = path.iter().position(|(n, _)| *n == next).unwrap_or(0);
                    let mut cycle: Vec<usize> = path[begin..].iter().map(|(n, _)| *n).collect();
                    // It begins with the oldest task.
                    let oldest = (0..cycle.len()).min_by_key(|i| cycle[*i]).unwrap_or(0);
                    cycle.rotate_left(oldest);
                    return cycle;
                }
                Mark::Done => {}
            }
        }
    }
    Vec::new()
}
