//! One picture of a play: the text or the inputs above, what the model expects on the left, its states on the right.

use crate::driver::play::Frame;
use crate::driver::play::frame::{Row, Value, bar, heat, largest};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph};

/// What the picture depends on besides the play.
pub struct Look {
    pub color: bool,
    /// Of the states, in lines.
    pub scroll: u16,
}

/// Below either there are no frames around the parts.
const ROOMY: (u16, u16) = (50, 12);

pub fn draw(f: &mut ratatui::Frame, frame: &Frame, look: &mut Look) {
    let area = f.area();
    let roomy = area.width >= ROOMY.0 && area.height >= ROOMY.1;
    let edge = if roomy { 2 } else { 0 };
    let top = if roomy { 3 } else { 1 } + edge;
    let [above, middle, status, keys] = Layout::vertical([
        Constraint::Length(top),
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(if roomy { 1 } else { 0 }),
    ])
    .areas(area);
    let halves = [Constraint::Percentage(40), Constraint::Percentage(60)];
    let [expected, states] = match roomy {
        true => Layout::horizontal(halves).areas(middle),
        false => Layout::vertical(halves).areas(middle),
    };
    let (title, lines) = match frame.example {
        None => ("text", text(frame, look, above.width.saturating_sub(edge), top - edge)),
        Some(_) => ("input", rows(&frame.inputs, above.width.saturating_sub(edge), look)),
    };
    part(f, above, title, roomy, lines, 0);
    part(
        f,
        expected,
        "expected",
        roomy,
        rows(&frame.outputs, expected.width.saturating_sub(edge), look),
        0,
    );
    let lines = rows(&frame.states, states.width.saturating_sub(edge), look);
    let hidden = lines.len().saturating_sub(states.height.saturating_sub(edge).into());
    look.scroll = look.scroll.min(u16::try_from(hidden).unwrap_or(u16::MAX));
    part(f, states, "states", roomy, lines, look.scroll);
    let said = frame.note.clone().unwrap_or_else(|| frame.status());
    f.render_widget(
        Paragraph::new(said).style(Style::new().add_modifier(Modifier::BOLD)),
        status,
    );
    let help = match frame.example {
        None => "Esc leave  Tab likeliest  ^R draw  ⌫ back  ↑↓ temperature  PgUp/PgDn states",
        Some(_) => "Esc leave  → step  ^R run  ← back  ↑↓ example  PgUp/PgDn states",
    };
    f.render_widget(Paragraph::new(help), keys);
}

fn part(f: &mut ratatui::Frame, area: Rect, title: &str, framed: bool, lines: Vec<Line>, scroll: u16) {
    let mut paragraph = Paragraph::new(lines).scroll((scroll, 0));
    if framed {
        paragraph = paragraph.block(Block::new().borders(Borders::ALL).title(title.to_string()));
    }
    f.render_widget(paragraph, area);
}

fn style(look: &Look, color: Color) -> Style {
    match look.color {
        true => Style::new().fg(color),
        false => Style::new(),
    }
}

/// The last lines of the text, cut by hand: the end must be seen.
fn text<'a>(frame: &Frame, look: &Look, width: u16, height: u16) -> Vec<Line<'a>> {
    let drawn = style(look, Color::Green);
    let mut lines: Vec<Line> = vec![Line::default()];
    let pieces = frame
        .text
        .iter()
        .map(|p| (p.text.as_str(), if p.drawn { drawn } else { Style::new() }));
    let pending = (frame.pending.as_str(), Style::new().add_modifier(Modifier::ITALIC));
    let cursor = ("▏", style(look, Color::DarkGray));
    for (piece, style) in pieces.chain([pending, cursor]) {
        for c in piece.chars() {
            let last = lines.last_mut().expect("internal error: a text without a line");
            let span = Span::styled(c.to_string(), style);
            match c {
                '\n' => lines.push(Line::default()),
                _ if last.width() + span.width() > usize::from(width.max(1)) => lines.push(span.into()),
                _ => last.push_span(span),
            }
        }
    }
    let hidden = lines.len().saturating_sub(height.into());
    lines.split_off(hidden)
}

fn rows<'a>(rows: &[Row], width: u16, look: &Look) -> Vec<Line<'a>> {
    let width = usize::from(width.max(1));
    let mut lines = Vec::new();
    for row in rows {
        let title = Span::styled(row.title(), style(look, Color::Cyan));
        match &row.value {
            Value::Bars(bars) => {
                lines.push(title.into());
                let symbols = bars
                    .iter()
                    .map(|(s, _)| s.chars().count())
                    .max()
                    .unwrap_or(0)
                    .min(width / 3);
                for (symbol, p) in bars {
                    let symbol: String = symbol.chars().take(symbols).collect();
                    let bar = bar(*p, width.saturating_sub(symbols + 8));
                    let bar = Span::styled(bar, style(look, Color::Yellow));
                    lines.push(Line::from(vec![format!("{symbol:<symbols$} {p:.4} ").into(), bar]));
                }
            }
            Value::Heat(values) => {
                let most = largest(values);
                lines.push(Line::from(vec![title, format!("  ±{most:.2}").into()]));
                for chunk in values.chunks(width) {
                    let block = |x: &f64| Span::styled(heat(*x, values).to_string(), warmth(*x / most, look));
                    lines.push(Line::from(chunk.iter().map(block).collect::<Vec<_>>()));
                }
            }
            Value::Numbers(values) => {
                let numbers: Vec<String> = values.iter().map(|x| format!("{x:.4}")).collect();
                lines.push(Line::from(vec![title, format!("  {}", numbers.join(" ")).into()]));
            }
            Value::Word(word) => lines.push(Line::from(vec![title, format!("  {word}").into()])),
        }
    }
    lines
}

/// Red above zero, blue below, pale near it.
fn warmth(x: f64, look: &Look) -> Style {
    let color = match x {
        x if x > 0.5 => Color::LightRed,
        x if x > 0.1 => Color::Red,
        x if x < -0.5 => Color::LightBlue,
        x if x < -0.1 => Color::Blue,
        _ => Color::DarkGray,
    };
    style(look, color)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::play::frame::Piece;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn example() -> Frame {
        let row = |name: &str, shape: &[usize], value| Row {
            name: name.into(),
            shape: shape.to_vec(),
            value,
            truth: None,
        };
        let piece = |text: &str, drawn| Piece {
            text: text.into(),
            drawn,
        };
        Frame {
            model: "m".into(),
            step: 3,
            text: vec![piece("h", false), piece("e", false), piece("l", true)],
            surprise: Some((0.5, 1.25)),
            temperature: Some(1.0),
            outputs: vec![row(
                "text",
                &[],
                Value::Bars(vec![("l".into(), 0.75), ("␣".into(), 0.25)]),
            )],
            states: vec![
                row("h.1.c", &[6], Value::Heat(vec![-2.0, -1.0, 0.0, 0.5, 1.0, 2.0])),
                row("x", &[], Value::Word("l".into())),
            ],
            ..Frame::default()
        }
    }

    const PICTURE: &str = "
┌text──────────────────────────────────────────────────────┐
│hel▏                                                      │
│                                                          │
│                                                          │
└──────────────────────────────────────────────────────────┘
┌expected──────────────┐┌states────────────────────────────┐
│text                  ││h.1.c [6]  ±2.00                  │
│l 0.7500 █████████▊   ││▁▃▅▅▆█                            │
│␣ 0.2500 ███▎         ││x  l                              │
│                      ││                                  │
└──────────────────────┘└──────────────────────────────────┘
step 3, surprise 0.500 nats (mean 1.250), temperature 1.0
Esc leave  Tab likeliest  ^R draw  ⌫ back  ↑↓ temperature  P
";

    const SMALL: &str = "
hel▏
text
l 0.7500 ████████▎
▁▃▅▅▆█
x  l
step 3, surprise 0.5
";

    fn shown(frame: &Frame, width: u16, height: u16, scroll: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("terminal");
        let mut look = Look { color: true, scroll };
        terminal.draw(|f| draw(f, frame, &mut look)).expect("drawn");
        let picture = terminal.backend().to_string();
        picture
            .lines()
            .map(|l| format!("{}\n", l.trim_matches('"').trim_end()))
            .collect()
    }

    #[test]
    fn a_picture() {
        assert_eq!(format!("\n{}", shown(&example(), 60, 13, 0)), PICTURE);
    }

    #[test]
    fn small_windows() {
        assert_eq!(format!("\n{}", shown(&example(), 20, 6, 1)), SMALL);
        for (width, height) in [(1, 1), (2, 3), (5, 40), (200, 1), (49, 12), (50, 12)] {
            for scroll in [0, 1000] {
                shown(&example(), width, height, scroll);
                shown(&Frame::default(), width, height, scroll);
            }
        }
    }
}
