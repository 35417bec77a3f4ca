//! The terminal: its keys, and that it is left as it was found.

use super::screen::{self, Look};
use crate::driver::Failure;
use crate::driver::play::{Key, Play};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use std::io::{self, Stdout};
use std::time::Duration;

/// Given back when it goes, by whatever way: a return, an error, a panic.
struct Borrowed {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Borrowed {
    fn new() -> io::Result<Borrowed> {
        enable_raw_mode()?;
        let entered = execute!(io::stdout(), EnterAlternateScreen);
        let terminal = entered.and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match terminal {
            Ok(terminal) => Ok(Borrowed { terminal }),
            Err(e) => {
                give_back();
                Err(e)
            }
        }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let _ = self.terminal.show_cursor();
        give_back();
    }
}

fn give_back() {
    let _ = execute!(io::stdout(), LeaveAlternateScreen);
    let _ = disable_raw_mode();
}

/// What a key means to the screen rather than to the model.
enum Press {
    Key(Key),
    Scroll(i32),
    Quit,
    Nothing,
}

/// Until the user leaves.
///
/// # Errors
/// A terminal that cannot be read or written.
pub fn run(play: &mut Play, color: bool) -> Result<(), Failure> {
    let failed = |e: io::Error| Failure::message(format!("the terminal cannot be used: {e}"));
    let mut borrowed = Borrowed::new().map_err(failed)?;
    let mut look = Look { color, scroll: 0 };
    'shown: loop {
        let frame = play.frame();
        borrowed
            .terminal
            .draw(|f| screen::draw(f, &frame, &mut look))
            .map_err(failed)?;
        // All that waits is done before the next picture: a text that is pasted in, for instance.
        loop {
            match press(&event::read().map_err(failed)?) {
                Press::Key(key) => play.press(key),
                Press::Scroll(by) => look.scroll = look.scroll.saturating_add_signed(by as i16),
                Press::Quit => break 'shown,
                Press::Nothing => {}
            }
            if !event::poll(Duration::ZERO).map_err(failed)? {
                break;
            }
        }
    }
    Ok(())
}

fn press(event: &Event) -> Press {
    let Event::Key(KeyEvent {
        code, modifiers, kind, ..
    }) = event
    else {
        return Press::Nothing;
    };
    if *kind == KeyEventKind::Release {
        return Press::Nothing;
    }
    let control = modifiers.contains(KeyModifiers::CONTROL);
    match code {
        KeyCode::Esc => Press::Quit,
        KeyCode::Char('c' | 'd') if control => Press::Quit,
        KeyCode::Char('r') if control => Press::Key(Key::Run),
        KeyCode::Char(_) if control || modifiers.contains(KeyModifiers::ALT) => Press::Nothing,
        KeyCode::Char(c) => Press::Key(Key::Char(*c)),
        KeyCode::Enter => Press::Key(Key::Char('\n')),
        KeyCode::Tab => Press::Key(Key::Tab),
        KeyCode::Backspace => Press::Key(Key::Back),
        KeyCode::Left => Press::Key(Key::Left),
        KeyCode::Right => Press::Key(Key::Right),
        KeyCode::Up => Press::Key(Key::Up),
        KeyCode::Down => Press::Key(Key::Down),
        KeyCode::PageUp => Press::Scroll(-5),
        KeyCode::PageDown => Press::Scroll(5),
        _ => Press::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Press {
        press(&Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn control_c_leaves_and_letters_are_typed() {
        assert!(matches!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Press::Quit));
        assert!(matches!(key(KeyCode::Esc, KeyModifiers::NONE), Press::Quit));
        assert!(matches!(
            key(KeyCode::Char('c'), KeyModifiers::NONE),
            Press::Key(Key::Char('c'))
        ));
        assert!(matches!(
            key(KeyCode::Char('C'), KeyModifiers::SHIFT),
            Press::Key(Key::Char('C'))
        ));
        assert!(matches!(
            key(KeyCode::Char('r'), KeyModifiers::CONTROL),
            Press::Key(Key::Run)
        ));
        assert!(matches!(
            key(KeyCode::Enter, KeyModifiers::NONE),
            Press::Key(Key::Char('\n'))
        ));
        assert!(matches!(press(&Event::Resize(1, 1)), Press::Nothing));
    }
}
