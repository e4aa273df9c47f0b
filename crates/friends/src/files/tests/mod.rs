//! The files machine among others like it, on a virtual network with disks in memory.

mod downloads;
mod fuzz;
mod golden;
mod hostile;
mod lists;
mod offers;
mod rig;
mod shares;
mod watching;
