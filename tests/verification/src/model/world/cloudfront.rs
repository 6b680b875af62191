//! CloudFront, with the invalidation of the execution and one by another client.

use std::sync::Arc;

use invalidation_core::input::identifiers::{Account, InvalidationId};
use invalidation_core::input::paths::InvalidationPath;
use invalidation_core::model::execution_record::{
    Found, Listed, Reason, ServiceError, Status, Target,
};
use invalidation_core::model::timestamp::Timestamp;
use invalidation_runtime::ports::InvalidationError;

use super::World;
use crate::model::bug::Bug;
use crate::model::invariant::Invariant;
use crate::model::scenario::Scenario;

/// The id of an invalidation by another client, which completed long ago.
const FOREIGN: &str = "IFOREIGN";

/// The requests to CloudFront, and its replies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CloudFront {
    /// The reference of each invalidation of the execution. A second one is a violation.
    references: Vec<Arc<str>>,
    /// Whether the execution's invalidation is completed.
    pub is_completed: bool,
    /// Whether CloudFront has ever reported the completion.
    reported_completed: bool,
}

impl CloudFront {
    /// Whether the execution's invalidation exists and is in progress.
    #[must_use]
    pub fn is_working(&self) -> bool {
        !self.references.is_empty() && !self.is_completed
    }

    /// Whether CloudFront has ever reported the invalidation as completed.
    #[must_use]
    pub const fn reported_completed(&self) -> bool {
        self.reported_completed
    }

    fn status(&mut self) -> Status {
        self.reported_completed |= self.is_completed;
        if self.is_completed {
            Status::Completed
        } else {
            Status::InProgress
        }
    }
}

impl World {
    /// CreateInvalidation.
    ///
    /// # Errors
    ///
    /// Depends on the scenario.
    pub fn create(
        &mut self,
        target: &Target,
        bug: Option<Bug>,
    ) -> Result<(InvalidationId, Status), InvalidationError> {
        match self.scenario {
            Scenario::Rejected => {
                let action = "cloudfront:CreateInvalidation".to_owned();
                let account = Account::default();
                return Err(InvalidationError::Rejected(Reason::AccessDenied {
                    action,
                    account,
                }));
            }
            Scenario::Busy => return Err(retry_later()),
            Scenario::Good
            | Scenario::CallerReferenceConflict
            | Scenario::Silent
            | Scenario::BadParameters => {}
        }
        let reference = match bug {
            Some(Bug::TimedReference) => {
                format!("{}-{}", target.create_attempts, self.now.as_millis())
            }
            _ => target.caller_reference.clone(),
        };
        let made = &mut self.cloudfront.references;
        let place = made.iter().position(|known| **known == *reference);
        if place.is_some() && self.scenario == Scenario::CallerReferenceConflict {
            return Err(InvalidationError::CallerReferenceConflict);
        }
        let place = place.unwrap_or_else(|| {
            made.push(reference.into());
            made.len() - 1
        });
        let is_only = made.len() == 1;
        self.broken.unless(is_only, Invariant::OneInvalidation);
        let status = match bug {
            Some(Bug::PresumedCompletion) => Status::Completed,
            _ => self.cloudfront.status(),
        };
        Ok((invalidation_id(place), status))
    }

    /// GetInvalidation.
    ///
    /// # Errors
    ///
    /// Fails in the scenario in which CloudFront does not return the status.
    ///
    /// # Panics
    ///
    /// Panics on an id that CloudFront never returned.
    pub fn get(&mut self, id: &InvalidationId) -> Result<Found, InvalidationError> {
        if self.scenario == Scenario::Silent {
            return Err(retry_later());
        }
        let paths = vec![InvalidationPath::everything().as_str().to_owned()];
        if id.as_str() == FOREIGN {
            return Ok(Found {
                status: Status::Completed,
                caller_reference: "another client".to_owned(),
                paths,
            });
        }
        let place = self
            .cloudfront
            .references
            .iter()
            .zip(0..)
            .find(|(_, place)| invalidation_id(*place) == *id);
        let (reference, _) = place.expect("CloudFront never returned this id");
        let caller_reference = reference.to_string();
        let status = self.cloudfront.status();
        Ok(Found {
            status,
            caller_reference,
            paths,
        })
    }

    /// ListInvalidations. The foreign invalidation is a little older.
    ///
    /// A completion in the list does not count as reported: with one execution, only an execution that lost its id
    /// reads the list.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        let listed = |id, status, created_at| Listed {
            id,
            status,
            created_at: Timestamp::from_millis(created_at),
        };
        let status = if self.cloudfront.is_completed {
            Status::Completed
        } else {
            Status::InProgress
        };
        let foreign = InvalidationId::parse(FOREIGN).map(|id| listed(id, Status::Completed, 0));
        let own = 0..self.cloudfront.references.len();
        let own = own.map(|place| listed(invalidation_id(place), status, 1));
        own.chain(foreign).collect()
    }
}

fn invalidation_id(place: usize) -> InvalidationId {
    InvalidationId::parse(&format!("IOURS{place}")).expect("capital letters and digits are an id")
}

fn retry_later() -> InvalidationError {
    InvalidationError::Retryable(ServiceError::new("ServiceUnavailable", ""))
}
