/* Calls into the C library and the system that fail on request, and a count of what they gave. The
 * linker puts these functions before the real ones (FAULTS in CMakeLists.txt), so what is under
 * test is the library as it is built. */
#ifndef TESTS_LOOP_FAULTS_H
#define TESTS_LOOP_FAULTS_H

#include <stdbool.h>

/* Which of the calls from now on fail. */
struct faults {
    unsigned nth;     /* this one, from 1 */
    bool lasting;     /* and all after it */
    const char *only; /* of those to this function, or "wait" for a backend's; NULL: to any */
};

void faults_begin(struct faults f);

/* From now on, all calls do what they should. */
void faults_end(void);

/* How many calls have failed since faults_begin, and to which function the last. */
unsigned faults_count(void);
const char *faults_last(void);

/* Whether calls fail now and for ever. */
bool faults_go_on(void);

/* Whether a call failed with that error, a negative errno. */
bool faults_had(int error);

/* What the program has not given back. */
struct holdings {
    long allocations, mappings;
    int descriptors;
};

struct holdings holdings_now(void);

/* The low end of what was mapped last. */
const char *faults_last_mapping(void);

#endif
