// SPDX-License-Identifier: MIT
/**
 * The channel: the memory that the runner and the target's processes share.
 *
 * One file of MF_CHANNEL_SIZE bytes (a memfd that the runner holds and processes of the
 * target open as /proc/RUNNER/fd/N): a header with the policy's text, a journal of
 * injections, a table of modules, and a slot for each process. A process maps the
 * head (everything before the slots) and its own slot.
 *
 * Each word has one writer or is atomic. Writers inside the target never wait. Readers
 * outside must check every number: a target can overwrite all of the channel.
 */
#ifndef MF_CORE_CHANNEL_CHANNEL_H
#define MF_CORE_CHANNEL_CHANNEL_H

#include "core/channel/control.h"
#include "core/channel/counter.h"
#include "core/channel/explore.h"
#include "core/channel/patch.h"
#include "core/policy/count.h"
#include "core/policy/policy.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MF_CHANNEL_MAGIC UINT64_C(0x6c696166636d666d)
/** Incremented with each change of a layout below. */
#define MF_CHANNEL_VERSION 15

/** The environment variable by which a process finds the channel: "PID/FD", ten digits
 * each. */
#define MF_CHANNEL_VARIABLE "MALLOCFAIL_CHANNEL"
/** Without this option in ASAN_OPTIONS a program whose AddressSanitizer is a library does not start
 * if another library comes first; it has no other effect. */
#define MF_ASAN_OPTION "verify_asan_link_order=0"
/** The environment variable with a policy: a file's name, or JSON that begins with
 * `{`. */
#define MF_POLICY_VARIABLE "MALLOCFAIL_POLICY"

// Fuzzers have smaller tables: with a hostile count each input would read all of them.
#ifndef MF_PROCESSES_MAX
#define MF_PROCESSES_MAX 2048
#define MF_JOURNAL_MAX   8192
#define MF_JOURNAL_KEPT  4096
#define MF_MODULES_MAX   1024
#endif
#define MF_THREAD_COUNTERS_MAX 128
#define MF_FRAMES_MAX          48
#define MF_IMAGE_MAX           64
/** Room for a path of Linux's PATH_MAX bytes with " (deleted)" behind it. */
#define MF_MODULE_MAX   4128
#define MF_BUILD_ID_MAX 20
#define MF_PAGE         4096

/** Number of policies that a process keeps: the one it was started with, and two that are used
 * in turn. */
#define MF_TALLIES 3

/** What one policy has counted in a process. */
struct mf_tally {
    /** Serial of its policy; policies are numbered from 1 as they arrive; 0 = none. */
    _Atomic uint32_t serial;
    /** The sequence of the control that brought the policy; 0 = it came in another way. */
    _Atomic uint32_t control;
    /** The last number handed out, in a lease or singly. */
    _Atomic uint64_t position;
    /** Number of unused numbers that ended threads returned; all of these calls would pass. */
    _Atomic uint64_t returned;
    /** The value of mf_process_counted() when the policy came into effect. */
    _Atomic uint64_t begun;
    /** Calls counted during earlier periods in which the policy was in effect. */
    _Atomic uint64_t earlier;
    /** `selected` is kept here only if the policy's rules differ in what they select. */
    struct mf_count rules[MF_POLICY_RULES_MAX];
};

/** How far a process has come. */
enum mf_stage {
    MF_STAGE_FREE,
    /** The library runs in it and has read its policy. */
    MF_STAGE_ATTACHED,
    /** Allocations are counted and fail. */
    MF_STAGE_ARMED,
    /** mallocfail_disarm() was called after arming. */
    MF_STAGE_DISARMED,
};

/** The slot of one image of one process; an exec or a fork uses another slot. */
struct mf_process {
    _Alignas(MF_PAGE) _Atomic uint32_t stage;
    _Atomic int32_t pid;
    int32_t parent;
    /** Incremented when the runner recalls leases. */
    _Atomic uint32_t epoch;
    /** CLOCK_MONOTONIC, in ns; 0 = not yet. */
    uint64_t attached_ns;
    _Atomic uint64_t armed_ns;
    /** The executable's base name. */
    char image[MF_IMAGE_MAX];
    /** Calls before arming. */
    _Atomic uint64_t early;
    /** Calls counted without a thread counter, because none was free. */
    _Atomic uint64_t stray;
    /** Threads that have allocated. */
    _Atomic uint32_t threads;
    /** Number of thread counters that were ever used; the others were never written. */
    _Atomic uint32_t counters_used;
    _Atomic uint64_t injections;
    _Atomic uint64_t live_heap;
    /** Number of the process among those of its image, from 1; 0 = no rule needs it. */
    uint64_t image_index;
    /** The sequence of the control whose policy the process has taken; 0 = none. */
    _Atomic uint32_t control;
    /** The tally of the policy in effect: 0 = the one that the process started with. */
    _Atomic uint32_t tally;
    /** The serial of that policy. */
    _Atomic uint32_t serial;
    /** How often the program called a function of mallocfail.h. */
    _Atomic uint32_t asked;
    struct mf_tally tallies[MF_TALLIES];
    struct mf_thread_counter counters[MF_THREAD_COUNTERS_MAX];
    /** Address of the struct mf_heap in the process; 0 = it does not use the page allocator. */
    uint64_t heap;
    /** Number of blocks, the new one included, when the page allocator first had no room for
     * a new one; 0 = this did not happen. */
    _Atomic uint64_t heap_full;
    /** Whether the kernel refused the memory then; else address space was used up. */
    _Atomic uint64_t heap_refused;
    /** How often the program itself, not its malloc, has mapped writable anonymous memory. */
    _Atomic uint64_t mapped;
    /** One more than the value of mf_process_seen() at the entry of main, if that is recorded;
     * 0 = unknown. */
    _Atomic uint64_t before_main;
    /** A set of MF_APART_*. */
    _Atomic uint64_t apart;
};

/** Libraries were loaded that use another malloc than the program does. BOUND: only their
 * constructors did, their linkage tables lead to our malloc now; PAST: their tables still lead
 * to another malloc; SPACE: they are in another name space, with a C library of their own. */
#define MF_APART_BOUND UINT64_C(1)
#define MF_APART_PAST  UINT64_C(2)
#define MF_APART_SPACE UINT64_C(4)

/** A return address as a place in a module: index in the module table and offset. */
struct mf_frame {
    /** Offset from the module's load base; the address itself if the module is unknown. */
    uint64_t offset;
    /** Index in the module table; MF_MODULES_MAX or more = unknown. */
    uint64_t module;
};

/** Values in place of the index of a rule of the first policy: the program itself made the
 * call fail, or a policy that mallocfail ctl sent did. */
#define MF_RULE_PROGRAM MF_POLICY_RULES_MAX
#define MF_RULE_CONTROL (MF_POLICY_RULES_MAX + 1)

/** Size of the name of a function of the program, with its NUL. */
#define MF_INJECTION_NAME_MAX 64

/** Size of a region's name, with its NUL. */
#define MF_REGION_MAX 32

/** One injection. */
struct mf_injection {
    /** Set last, to one more than its place in the sequence (modulo 2^32): the other members
     * are complete. */
    _Atomic uint32_t ready;
    /** Index of the process's slot; MF_PROCESSES_MAX = there was no slot for it. */
    uint32_t process;
    int32_t pid;
    int32_t tid;
    uint32_t thread;
    /** enum mf_function */
    uint32_t function;
    /** Index of a rule of the first policy, or MF_RULE_PROGRAM or MF_RULE_CONTROL. */
    uint32_t rule;
    uint32_t frame_count;
    uint64_t number;
    uint64_t size;
    /** ns since arming */
    uint64_t time_ns;
    uint64_t stack_id;
    /** The name of a function of the program, perhaps cut. NUL-terminated. */
    char own[MF_INJECTION_NAME_MAX];
    /** The name of the region (mallocfail_region()); "" = none. NUL-terminated. */
    char region[MF_REGION_MAX];
    /** Innermost first: frames[0] is the caller. */
    struct mf_frame frames[MF_FRAMES_MAX];
    /** How many injections followed at once that differ in number, size and time only; number
     * and size of the last one. These grow while the entry is ready. */
    _Atomic uint64_t repeats, last_number, last_size;
    /** The error number that it failed with. */
    int32_t error;
    uint32_t reserved;
};

/** The name of the function that failed. */
static inline const char *mf_injection_function(const struct mf_injection *injection) {
    return injection->own[0] ? injection->own : mf_function_name(injection->function);
}

/** The name of the error that a resource function failed with; NULL if it was an allocation.
 * Static. */
const char *mf_injection_error(const struct mf_injection *injection);

/** A loaded file that code was called from. Entries never change once ready. */
struct mf_module {
    _Atomic uint32_t ready;
    uint32_t build_id_length;
    unsigned char build_id[MF_BUILD_ID_MAX];
    /** A hash of the file's code, where it has no build id; 0 = not known. */
    uint32_t code;
    /** NUL-terminated; only its end if it is longer than a path can be. */
    char path[MF_MODULE_MAX];
};

/** After an injection in a process, fill freed blocks, so that uses of them are noticed. */
#define MF_OPTION_FILL UINT32_C(1)
/** Test only the program that valgrind runs, not valgrind's own launchers. */
#define MF_OPTION_VALGRIND UINT32_C(2)
/** The fill byte: eight of these are not a valid address. */
#define MF_FREED_BYTE 0xfd
/** The run is a step of an exploration: calls of mallocfail.h's functions and mallocfail ctl
 * have no effect. */
#define MF_OPTION_ALONE UINT32_C(4)
/** The program is static: no library runs in it, and its policy stays as it is. */
#define MF_OPTION_STATIC UINT32_C(8)

struct mf_head {
    uint64_t magic;
    uint32_t version;
    uint32_t policy_length;
    uint64_t size;
    _Atomic uint32_t processes_used;
    _Atomic uint32_t processes_lost;
    _Atomic uint64_t journal_used;
    _Atomic uint32_t modules_used;
    /** A set of MF_OPTION_*, written before the target starts. */
    uint32_t options;
    /** One more than the enum mf_allocator that the target uses instead of the policy's;
     * 0 = the policy's. */
    uint32_t allocator;
    /** How many images the target's own process executes before the one to test, such as the
     * shell of a wrapper script: these, and programs that they start, are not tested. Written
     * before the target starts. */
    uint32_t launchers;
    /** How many images it has executed so far; counted only if there are launchers. */
    _Atomic uint32_t launched;
    /** Whether a process of the target was not allowed to trace or to be traced. */
    _Atomic uint32_t trace_refused;
    _Alignas(64) char policy[MF_POLICY_TEXT_MAX];
    struct mf_module modules[MF_MODULES_MAX];
    struct mf_injection journal[MF_JOURNAL_MAX];
    struct mf_explore explore;
    struct mf_control control;
    struct mf_patches patches;
    struct mf_patch_program programs[MF_PATCH_PROGRAMS_MAX];
};

/** Offset of the slots in the file. */
#define MF_CHANNEL_SLOTS ((sizeof(struct mf_head) + MF_PAGE - 1) / MF_PAGE * MF_PAGE)
#define MF_CHANNEL_SIZE  (MF_CHANNEL_SLOTS + MF_PROCESSES_MAX * sizeof(struct mf_process))

/** Begin a channel in zeroed memory: magic, version, sizes. */
void mf_head_init(struct mf_head *head);

/**
 * Check whether a mapped head belongs to a channel of this version.
 *
 * @return
 *         NULL if it does, else a few words that say what is wrong. Static.
 */
const char *mf_head_fault(const struct mf_head *head);

/** Calls of a thread counter within the rules' time window. Safe on hostile memory. */
uint64_t mf_thread_counter_counted(const struct mf_thread_counter *counter);

/** Calls of a thread counter that no rule could select. Safe on hostile memory. */
uint64_t mf_thread_counter_passed(const struct mf_thread_counter *counter);

/** Calls of a process within the rules' time window since arming. Safe on hostile memory. */
uint64_t mf_process_counted(const struct mf_process *process);

/** The tally of the policy in effect in a process. Safe on hostile memory. */
const struct mf_tally *mf_process_tally(const struct mf_process *process);

/** Calls that were counted while a policy was in effect. Safe on hostile memory. */
uint64_t mf_tally_counted(const struct mf_process *process, const struct mf_tally *tally);

/**
 * Notify a thread counter's owner: its next call goes to the gate. The owner's plain
 * instructions can overwrite the notice: notify it again until `serial` shows that it has
 * seen the new policy.
 */
void mf_thread_counter_notify(struct mf_thread_counter *counter);

/** Notify each owner of a thread counter that has not seen the policy in effect. Returns how
 * many were notified. Safe on hostile memory. */
unsigned mf_process_notify(struct mf_process *process);

/** All allocations of a process since arming. Safe on hostile memory. */
uint64_t mf_process_seen(const struct mf_process *process);

#endif
