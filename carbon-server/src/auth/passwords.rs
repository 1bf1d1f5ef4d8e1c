//! Hashing passwords: slow and large by design, and anyone may ask for it.

use crate::{
    auth::rate_limit::network_of,
    base::work_queue::{NotRun, WorkQueue},
    http::problem::Problem,
};
use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::{
        Error, Result,
        phc::{Output, ParamsString, Salt},
    },
};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// Passwords hashed at a time: each takes 19 MiB.
const AT_A_TIME: usize = 2;
/// A hash at the cost of every other, that no password is known to have.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Further ones of one address that may wait.
const WAITING_MAX: usize = 16;

/// Passwords, hashed in turn between the addresses that ask for it.
pub(crate) struct Passwords {
    turns: WorkQueue<IpAddr>,
    hasher: Arc<Hasher>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Passwords { turns: WorkQueue::new(AT_A_TIME, WAITING_MAX), hasher: Arc::default() }
    }

    /// Runs `work`, which hashes, when it is the turn of `peer`.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        peer: IpAddr,
        work: impl FnOnce(&Hasher) -> T + Send + 'static,
    ) -> std::result::Result<T, NotRun> {
        let hasher = self.hasher.clone();
        self.turns.run(network_of(peer), move || work(&hasher)).await
    }
}

/// Argon2id, in memory that is kept: given back to the allocator, it would be taken again from another of its arenas each time,
/// and none of them would shrink.
#[derive(Default)]
pub(crate) struct Hasher {
    /// As many as were ever in use at a time.
    idle: Mutex<Vec<Vec<Block>>>,
}

impl Hasher {
    /// The hash to keep of a password.
    pub(crate) fn hash(&self, password: &str) -> std::result::Result<String, Problem> {
        let salt = Salt::generate();
        let hash = self.hashed(password, Algorithm::default(), Version::default(), &Params::default(), salt);
        hash.map(|hash| hash.to_string()).map_err(Problem::internal)
    }

    /// Whether a password matches a hash. It takes as long where there is none.
    pub(crate) fn fits(&self, password: &str, hash: Option<&str>) -> bool {
        let fits = self.verified(password, hash.unwrap_or(NOBODYS)).unwrap_or(false);
        fits && hash.is_some()
    }

    fn verified(&self, password: &str, hash: &str) -> Result<bool> {
        let kept = PasswordHash::new(hash)?;
        let (Some(salt), Some(expect)) = (kept.salt, kept.hash) else { return Ok(false) };
        let algorithm = Algorithm::try_from(kept.algorithm.as_str())?;
        let version = kept.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let found = self.hashed(password, algorithm, version, &Params::try_from(&kept)?, salt)?;
        // In constant time.
        Ok(found.hash == Some(expect))
    }

    fn hashed(
        &self,
        password: &str,
        algorithm: Algorithm,
        version: Version,
        params: &Params,
        salt: Salt,
    ) -> Result<PasswordHash> {
        let mut memory = self.lock().pop().unwrap_or_default();
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::new());
        }
        let mut output = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = output.get_mut(..length).ok_or(Error::OutputSize)?;
        let argon2 = Argon2::new(algorithm, version, params.clone());
        let filled = argon2.hash_password_into_with_memory(password.as_bytes(), &salt, output, &mut memory);
        self.lock().push(memory);
        filled?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(params)?,
            salt: Some(salt),
            hash: Some(Output::new(output)?),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHasher, PasswordVerifier};

    #[test]
    fn nobodys_password_costs_as_much_as_anybodys_and_fits_nobody() {
        let hasher = Hasher::default();
        let somebodys = hasher.hash("correct horse").unwrap();
        let [nobodys, somebodys] = [NOBODYS, &somebodys].map(|hash| PasswordHash::new(hash).unwrap());
        assert_eq!(nobodys.algorithm, somebodys.algorithm);
        assert_eq!(nobodys.version, somebodys.version);
        assert_eq!(nobodys.params, somebodys.params);
        assert_eq!(nobodys.hash.unwrap().as_bytes().len(), somebodys.hash.unwrap().as_bytes().len());
        assert!(!hasher.fits("nobody's password", None) && !hasher.fits("", None));
    }

    #[test]
    fn a_hash_is_that_of_the_library_and_only_its_password_fits() {
        let hasher = Hasher::default();
        let ours = hasher.hash("correct horse").unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", ours.as_str()).is_ok());
        let theirs = Argon2::default().hash_password(b"correct horse").unwrap().to_string();
        assert_eq!(
            ours.split('$').take(4).collect::<Vec<_>>(),
            theirs.split('$').take(4).collect::<Vec<_>>()
        );
        let smaller = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
        let smaller = smaller.hash_password(b"correct horse").unwrap().to_string();
        for hash in [&ours, &theirs, &smaller] {
            assert!(hasher.fits("correct horse", Some(hash)) && !hasher.fits("wrong horse", Some(hash)));
        }
        assert!(!hasher.fits("", Some("not a hash")));
        assert_eq!(hasher.idle.lock().unwrap().len(), 1, "one at a time needs one memory");
    }
}
