//! A panic is the compiler's fault, never the user's: it is caught here and says what to report.

use std::backtrace::Backtrace;
use std::panic;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;

/// `EX_SOFTWARE` of sysexits.h.
const INTERNAL: u8 = 70;

/// Enough for the deepest expressions that the parser lets through, in every stage that recurses over them.
const STACK: usize = 64 << 20;

/// Runs the program on a thread with a large stack; a panic becomes a message and exit code 70.
pub fn guarded(program: impl FnOnce() -> ExitCode + Send + 'static) -> ExitCode {
    let seen = Arc::new(Mutex::new(None));
    let record = Arc::clone(&seen);
    panic::set_hook(Box::new(move |info| {
        if let Ok(mut first) = record.lock()
            && first.is_none()
        {
            let trace = Backtrace::capture();
            *first = Some(format!("{info}\n{trace}"));
        }
    }));
    let done = thread::Builder::new()
        .stack_size(STACK)
        .spawn(program)
        .map(thread::JoinHandle::join);
    drop(panic::take_hook());
    match done {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => {
            let what = seen.lock().ok().and_then(|mut s| s.take()).unwrap_or_default();
            report(&what);
            ExitCode::from(INTERNAL)
        }
        Err(e) => {
            eprintln!("error: cannot start a thread: {e}");
            ExitCode::FAILURE
        }
    }
}

fn report(what: &str) {
    eprintln!("error[E0901]: internal error of the compiler\n{}", what.trim_end());
    eprintln!(
        "  = note: this is a fault of rnnc {}, not of your specification",
        env!("CARGO_PKG_VERSION")
    );
    eprintln!("  = help: please report it with the specification, the command line and the text above");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_exit_code() {
        let code = guarded(|| panic!("on purpose, for a test"));
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(INTERNAL)));
        let code = guarded(|| ExitCode::from(3));
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(3)));
    }
}
