//! One array in NumPy's format (numpy.lib.format, versions 1 to 3).

use super::sheet::Cells;

pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) cells: Cells,
}

/// # Errors
/// What is wrong with the bytes.
pub(super) fn read(bytes: &[u8]) -> Result<Array, String> {
    let broken = || "not an array of NumPy".to_owned();
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(broken)?;
    let (header, data) = match rest {
        [1, _, a, b, rest @ ..] => rest.split_at_checked(usize::from(u16::from_le_bytes([*a, *b]))),
        [2 | 3, _, a, b, c, d, rest @ ..] => rest.split_at_checked(u32::from_le_bytes([*a, *b, *c, *d]) as usize),
        _ => None,
    }
    .ok_or_else(broken)?;
    let header = String::from_utf8_lossy(header);
    let value = |key: &str| {
        header
            .split_once(&format!("'{key}':"))
            .map(|(_, rest)| rest.trim_start())
    };
    let kind = value("descr").and_then(|v| v.strip_prefix('\'')?.split('\'').next());
    let kind = kind.ok_or("it holds records, and not one kind of value")?;
    let shape = value("shape")
        .and_then(|v| v.strip_prefix('(')?.split(')').next())
        .ok_or_else(broken)?;
    let sizes = shape.split(',').map(str::trim).filter(|s| !s.is_empty());
    let shape: Vec<usize> = sizes.map(str::parse).collect::<Result<_, _>>().map_err(|_| broken())?;
    if shape.len() > 1 && value("fortran_order").is_some_and(|v| v.starts_with("True")) {
        return Err("it is stored column by column: save `numpy.ascontiguousarray(x)`".into());
    }
    let (order, kind) = kind.split_at_checked(1).ok_or_else(broken)?;
    let (letter, size) = kind.split_at_checked(1).ok_or_else(broken)?;
    let count = size.parse::<u32>().map_err(|_| broken())? as usize;
    let size = if letter == "U" { 4 * count } else { count };
    // Nothing that is computed with the shape overflows, empty or not.
    let bound = shape.iter().try_fold(size.max(1), |a, &n| a.checked_mul(n.max(1)));
    bound.filter(|&b| b < usize::MAX / 2).ok_or_else(broken)?;
    if size == 0 {
        return Err("its values have no bytes".into());
    }
    let total = size * shape.iter().product::<usize>();
    if data.len() < total {
        return Err("the array is cut short".into());
    }
    let elements = data[..total].chunks(size).map(|e| {
        let mut element = e.to_vec();
        // Big-endian numbers, and each character of big-endian text.
        if order == ">" {
            element
                .chunks_mut(if letter == "U" { 4 } else { size })
                .for_each(<[u8]>::reverse);
        }
        element
    });
    let cells = if letter == "U" {
        Cells::Symbols(elements.map(|e| text(&e)).collect::<Result<_, _>>()?)
    } else {
        let number = number(letter, size).ok_or_else(|| format!("values of the kind `{letter}{size}` are not read"))?;
        Cells::Numbers(elements.map(|e| number(&e)).collect())
    };
    Ok(Array { shape, cells })
}

fn text(bytes: &[u8]) -> Result<String, String> {
    let code = |c: &[u8]| u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
    let codes = bytes.chunks_exact(4).map(code).take_while(|&c| c != 0);
    let text: Option<String> = codes.map(char::from_u32).collect();
    text.ok_or_else(|| "a text has a code that is no character".into())
}

/// How an element of a kind is read, from little-endian bytes.
fn number(letter: &str, size: usize) -> Option<fn(&[u8]) -> f64> {
    fn padded<const N: usize>(bytes: &[u8], fill: u8) -> [u8; N] {
        std::array::from_fn(|i| bytes.get(i).copied().unwrap_or(fill))
    }
    Some(match (letter, size) {
        ("b", 1) => |e| f64::from(e[0] != 0),
        ("u", 1 | 2 | 4 | 8) => |e| u64::from_le_bytes(padded(e, 0)) as f64,
        ("i", 1 | 2 | 4 | 8) => |e| {
            let negative = e[e.len() - 1] >> 7 == 1;
            i64::from_le_bytes(padded(e, if negative { 0xff } else { 0 })) as f64
        },
        ("f", 2) => |e| half(u16::from_le_bytes(padded(e, 0))),
        ("f", 4) => |e| f64::from(f32::from_le_bytes(padded(e, 0))),
        ("f", 8) => |e| f64::from_le_bytes(padded(e, 0)),
        _ => return None,
    })
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023) / 1024.0);
    sign * match exponent {
        0 => fraction * 2f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        e => (1.0 + fraction) * 2f64.powi(e - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn numbers(kind: &str, data: &[u8]) -> Vec<f64> {
        let size: usize = kind[2..].parse().unwrap();
        match read(&npy(kind, &format!("({},)", data.len() / size), data))
            .unwrap()
            .cells
        {
            Cells::Numbers(x) => x,
            _ => panic!("no numbers"),
        }
    }

    #[test]
    fn every_kind_of_number() {
        assert_eq!(numbers("|u1", &[0, 255]), [0.0, 255.0]);
        assert_eq!(numbers("|i1", &[1, 255]), [1.0, -1.0]);
        assert_eq!(numbers("|b1", &[0, 1]), [0.0, 1.0]);
        assert_eq!(numbers("<i4", &(-7i32).to_le_bytes()), [-7.0]);
        assert_eq!(numbers(">i8", &(-7i64).to_be_bytes()), [-7.0]);
        assert_eq!(numbers("<u2", &[1, 1]), [257.0]);
        assert_eq!(numbers("<f4", &1.5f32.to_le_bytes()), [1.5]);
        assert_eq!(numbers(">f8", &(-0.1f64).to_be_bytes()), [-0.1]);
        let halves = [0x3c00u16, 0xc000, 0x3555, 0x0001, 0x7c00]
            .map(u16::to_le_bytes)
            .concat();
        let expected = [1.0, -2.0, 0.333251953125, 5.960464477539063e-8, f64::INFINITY];
        assert_eq!(numbers("<f2", &halves), expected);
    }

    #[test]
    fn text_and_what_is_not_read() {
        let codes: Vec<u8> = ['h', 'é', 'i', '\0']
            .iter()
            .flat_map(|&c| u32::from(c).to_le_bytes())
            .collect();
        let array = read(&npy("<U2", "(2, 1)", &codes)).unwrap();
        assert_eq!(array.shape, [2, 1]);
        assert!(matches!(array.cells, Cells::Symbols(x) if x == ["hé", "i"]));
        for (bytes, why) in [
            (npy("<c8", "(1,)", &[0; 8]), "`c8`"),
            (npy("<f4", "(3,)", &[0; 8]), "cut short"),
            (npy("|O", "(1,)", &[0; 8]), "not an array"),
            (b"PK".to_vec(), "not an array"),
            (npy("<U0", "(3,)", &[]), "no bytes"),
            (npy("<f4", "(0, 9999999999, 9999999999)", &[]), "not an array"),
            (npy("<f8", "(9999999999, 9999999999)", &[0; 8]), "not an array"),
        ] {
            let message = read(&bytes).err().unwrap();
            assert!(message.contains(why), "{message}");
        }
    }
}
