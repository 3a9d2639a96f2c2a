/* Where and on what a benchmark was measured, in words: items with commas between them, what is not
 * known left out, of text that is safe to show (text_add_plain). */
#ifndef CMD_BENCH_FACTS_H
#define CMD_BENCH_FACTS_H

#include "cmd/bench_result.h"
#include "cmd/text.h"

/* "AMD EPYC 7R13 Processor, 2 cores (1 of them the crawler's), 8.2 GB, kvm, load 0.08" */
void bench_facts_machine(struct text *out, const struct bench_machine *m);

/* "Debian GNU/Linux 12, Linux 6.1.0 x86_64, skitter 0.1.0, libcurl 7.88.1, OpenSSL/3.0.15" */
void bench_facts_software(struct text *out, const struct bench_machine *m);

/* "http://localhost/, 2,000 pages"; "skitter serve, 30 links a page, size 10K, no latency, ..." */
void bench_facts_site(struct text *out, const struct bench_site *s);

/* One more item, unless it is NULL or "". */
void bench_facts_add(struct text *out, const char *before, const char *item);

#endif
