//! Every call of every scenario struck in every way, alone and in pairs.

mod every_call;
