//! Every call of every scenario with every kind of fault, alone and in pairs.

mod every_call;
