//! Argon2 in a thread's own memory. The crate's convenient functions allocate 19 MiB for every password; these reuse it.

use argon2::password_hash::phc;
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Version};
use subtle::ConstantTimeEq;

use super::{Unimportable, Verdict};

const OUTPUT: usize = 32;

/// Above these a stored hash is refused unread: it would be an attack, or take longer than anyone waits.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;

/// The allocator keeps what it may need again. Only what is larger than this it asks of the system each time, and gives
/// back as soon as it is dropped. What is asked for and never touched takes no memory.
const OWN_MAPPING: usize = 33 * 1024 * 1024;

/// How much work a hash takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params(argon2::Params);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("argon2 takes 8 to 262144 KiB of memory for each lane, 1 to 16 passes, and at least one lane")]
pub struct ImpossibleParams;

impl Params {
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, ImpossibleParams> {
        if memory_kib > MOST_MEMORY_KIB || passes > MOST_PASSES || lanes > MOST_MEMORY_KIB / 8 {
            return Err(ImpossibleParams);
        }
        argon2::Params::new(memory_kib, passes, lanes, Some(OUTPUT))
            .map(Self)
            .map_err(|_| ImpossibleParams)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.0.block_count() * Block::SIZE
    }

    /// Next to no work: for tests and demonstrations, never for people's passwords.
    pub fn smallest() -> Self {
        Self::new(argon2::Params::MIN_M_COST, 1, 1).unwrap_or_default()
    }
}

impl Default for Params {
    /// What OWASP recommends: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self(argon2::Params::DEFAULT)
    }
}

pub(super) fn hash(memory: &mut Vec<Block>, params: &Params, password: &str, salt: &[u8]) -> Option<String> {
    let mut output = [0; OUTPUT];
    let settings = Settings {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        params: params.0.clone(),
    };
    settings.derive(memory, password, salt, &mut output)?;
    let hash = phc::PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: phc::ParamsString::try_from(&params.0).ok()?,
        salt: Some(phc::Salt::new(salt).ok()?),
        hash: Some(phc::Output::new(&output).ok()?),
    };
    Some(hash.to_string())
}

/// `None` and what cannot be read cost as much as a hash of today's parameters, and are wrong.
pub(super) fn verify(memory: &mut Vec<Block>, today: &Params, password: &str, stored: Option<&str>) -> Verdict {
    let current = Settings {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        params: today.0.clone(),
    };
    let known = stored.and_then(Stored::read);
    let exists = known.is_some();
    let stored = known.unwrap_or_else(|| Stored {
        settings: current.clone(),
        salt: vec![0; 16],
        output: vec![0; OUTPUT],
    });

    let mut output = vec![0; stored.output.len()];
    let derived = stored.settings.derive(memory, password, &stored.salt, &mut output);
    let equal = bool::from(output.ct_eq(&stored.output));

    // A hash made with more memory does not make the thread keep more for ever.
    if memory.len() > current.params.block_count() {
        *memory = Vec::new();
    }

    if derived.is_some() && exists && equal {
        Verdict::Right {
            outdated: !stored.settings.does_the_work_of(&current, stored.output.len()),
        }
    } else {
        Verdict::Wrong
    }
}

/// Whether a stored hash can be checked within the limits.
pub(super) fn readable(text: &str) -> Result<(), Unimportable> {
    Stored::parse(text).map(|_| ())
}

/// The memory is read at places that nobody foresees: with large pages, finding them takes a twentieth less time. Where the
/// system has none to give, it keeps to small ones.
#[cfg(target_os = "linux")]
fn ask_for_large_pages(memory: &mut Vec<Block>) {
    const PAGE: usize = 4096;
    let first = memory.as_mut_ptr().cast::<u8>();
    let before = first.align_offset(PAGE);
    let length = (memory.capacity() * Block::SIZE).saturating_sub(before) / PAGE * PAGE;
    if length > 0 {
        // SAFETY: whole pages that belong to this vector alone; the advice changes neither what is in them nor how long they
        // are there.
        let _refused = unsafe { libc::madvise(first.add(before).cast(), length, libc::MADV_HUGEPAGE) };
    }
}

#[derive(Clone)]
struct Settings {
    algorithm: Algorithm,
    version: Version,
    params: argon2::Params,
}

impl Settings {
    fn derive(&self, memory: &mut Vec<Block>, password: &str, salt: &[u8], output: &mut [u8]) -> Option<()> {
        let blocks = self.params.block_count();
        if memory.len() < blocks {
            memory.reserve_exact(blocks.max(OWN_MAPPING / Block::SIZE) - memory.len());
            #[cfg(target_os = "linux")]
            ask_for_large_pages(memory);
            memory.resize(blocks, Block::new());
        }
        Argon2::new(self.algorithm, self.version, self.params.clone())
            .hash_password_into_with_memory(password.as_bytes(), salt, output, memory.as_mut_slice())
            .ok()
    }

    fn does_the_work_of(&self, current: &Self, output: usize) -> bool {
        let work = |settings: &Self| {
            let params = &settings.params;
            (
                settings.algorithm,
                settings.version,
                params.m_cost(),
                params.t_cost(),
                params.p_cost(),
            )
        };
        work(self) == work(current) && output == OUTPUT
    }
}

struct Stored {
    settings: Settings,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    fn parse(text: &str) -> Result<Self, Unimportable> {
        let unreadable = || Unimportable::Unreadable;
        let hash = phc::PasswordHash::new(text).map_err(|_| unreadable())?;
        let params = argon2::Params::try_from(&hash).map_err(|_| unreadable())?;
        if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES {
            return Err(Unimportable::TooCostly);
        }
        Ok(Self {
            settings: Settings {
                algorithm: Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| unreadable())?,
                version: hash
                    .version
                    .map_or(Ok(Version::V0x10), Version::try_from)
                    .map_err(|_| unreadable())?,
                params,
            },
            salt: hash.salt.ok_or_else(unreadable)?.as_ref().to_vec(),
            output: hash.hash.ok_or_else(unreadable)?.as_bytes().to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_what_owasp_recommends() {
        let hash = hash(&mut Vec::new(), &Params::default(), "correct horse", &[7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[test]
    fn parameters_that_cannot_work_are_refused() {
        for (memory, passes, lanes) in [
            (7, 1, 1),
            (8, 0, 1),
            (8, 1, 0),
            (8, 1, 2),
            (262_145, 1, 1),
            (8, 17, 1),
            (8, 1, u32::MAX),
        ] {
            assert_eq!(
                Params::new(memory, passes, lanes),
                Err(ImpossibleParams),
                "{memory} {passes} {lanes}"
            );
        }
    }

    #[test]
    fn a_used_memory_gives_the_same_hash_as_a_fresh_one() {
        let params = Params::smallest();
        let mut memory = Vec::new();
        let first = hash(&mut memory, &params, "one", &[1; 16]).unwrap();
        hash(&mut memory, &params, "two", &[2; 16]).unwrap();
        assert_eq!(hash(&mut memory, &params, "one", &[1; 16]), Some(first));
    }

    #[test]
    fn a_hash_with_more_memory_does_not_keep_it() {
        let mut memory = Vec::new();
        let large = hash(&mut memory, &Params::new(64, 1, 1).unwrap(), "one", &[1; 16]).unwrap();
        assert_eq!(
            verify(&mut memory, &Params::smallest(), "one", Some(&large)),
            Verdict::Right { outdated: true }
        );
        assert!(memory.capacity() <= 8, "{}", memory.capacity());
    }

    /// From the reference implementation's own test: made elsewhere, verified here.
    #[test]
    fn a_hash_of_another_program_is_verified() {
        let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert_eq!(
            verify(&mut Vec::new(), &Params::smallest(), "password", Some(hash)),
            Verdict::Right { outdated: true }
        );
        assert_eq!(
            verify(&mut Vec::new(), &Params::smallest(), "Password", Some(hash)),
            Verdict::Wrong
        );
    }
}
