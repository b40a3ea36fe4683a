package Bench::Slow; sub run {} 1;
