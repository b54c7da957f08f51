"""Each mechanism of the chassis, the switch that turns it off, and the tests that must then fail."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from attrs import frozen

from tools.switches import (
    Make,
    all_tasks,
    always_arrived,
    always_born,
    answering,
    backwards,
    by_id,
    constant,
    dead_at_once,
    emptied_at_any_version,
    every_hash_right,
    every_sender,
    first_match,
    from_gateway,
    in_one_wave,
    itself,
    kept_for_ever,
    latest_arrival,
    never_dead,
    newest_entry_wins,
    newest_word_wins,
    no_tombstone,
    nothing_replayed,
    one_at_a_time,
    suspected_at_once,
    unfiltered_write,
    whole_all_the_same,
    without_if_match,
    without_the_error,
)

TESTS = "chassis/tests"


@frozen
class Mechanism:
    """`target` is `module:attribute.path`; `instead` makes its replacement from the original."""

    name: str
    target: str
    instead: Make
    tests: tuple[str, ...]
    hosted: bool = False
    """Whether it works only in a service's own process, which the tests start."""

    def switch_off(self) -> None:
        """Put the replacement in place, for the rest of this process."""
        module, _, path = self.target.partition(":")
        holder: Any = import_module(module)
        *outer, last = path.split(".")
        for name in outer:
            holder = getattr(holder, name)
        setattr(holder, last, self.instead(getattr(holder, last)))


def tests(file: str, *names: str) -> tuple[str, ...]:
    """Node ids of tests in one file."""
    return tuple(f"{TESTS}/{file}.py::{name}" for name in names)


MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism("fast relay", "chassis.relay:Relay.notice", answering(None),
              tests("test_relay", "test_the_writer_moves_what_it_announced_and_marks_it",
                    "test_the_threads_move_mark_and_end")),
    Mechanism("sweeper", "chassis.relay:Relay.sweep", answering(0),
              tests("test_relay", "test_the_sweeper_alone_delivers_what_a_dead_process_left")
              + tests("test_crashes", "test_no_crash_point_loses_doubles_or_invents_anything")),
    Mechanism("sweeper's lease", "chassis.leases:Leases.take", answering(True),
              tests("test_relay", "test_while_one_replica_sweeps_the_others_do_not")),
    Mechanism("known entries", "chassis.relay:Relay._move_fresh", lambda _: lambda self, notices: self.move(notices),
              tests("test_relay", "test_what_is_announced_while_others_are_on_their_way_is_published_once")),
    Mechanism("waves", "chassis.relay:versions", in_one_wave,
              tests("test_relay", "test_what_was_not_confirmed_stays_and_all_behind_it",
                    "test_two_relays_with_crashes_and_refusals_bring_every_entry_in_the_order_of_versions")),
    Mechanism("unconfirmed stays", "chassis.relay:whole_versions", lambda _: lambda entries, _sent: entries,
              tests("test_relay", "test_what_was_not_confirmed_stays_and_all_behind_it")),
    Mechanism("a refused message is not confirmed", "chassis.confirms:Confirms.confirmed", always_arrived,
              tests("test_confirms", "test_each_message_has_the_brokers_own_word",
                    "test_a_word_on_a_message_that_nobody_waits_for_changes_nothing")),
    Mechanism("confirms of several at once", "chassis.confirms:Confirms.confirmed", one_at_a_time,
              tests("test_confirms", "test_each_message_has_the_brokers_own_word",
                    "test_what_is_said_of_all_up_to_a_number_goes_to_every_batch_that_waits_for_it")),
    Mechanism("confirms lost with the channel", "chassis.confirms:Confirms.lost", answering(None),
              tests("test_confirms", "test_with_the_channel_goes_what_it_has_not_confirmed_and_nothing_else")),
    Mechanism("a stopped leader's word", "chassis.gathering:Gathering._end", without_the_error,
              tests("test_inserts", "test_a_leader_that_is_stopped_leaves_nobody_with_the_word_that_it_is_written",
                    "test_an_outage_is_told_to_everybody_of_the_batch_and_to_nobody_else")),
    Mechanism("mirror follows", "chassis.mirror:Mirror.look", answering(None),
              tests("test_mirror", "test_it_follows_what_is_kept_moved_and_removed",
                    "test_a_change_by_another_replica_is_seen_as_well")),
    Mechanism("timer's version", "chassis.settling:_timer_write", newest_entry_wins,
              tests("test_timer_entries", "test_an_older_setting_of_a_timer_never_overwrites_a_newer_one",
                    "test_a_cancelled_timer_leaves_a_tombstone_that_an_older_setting_cannot_raise")),
    Mechanism("tombstone", "chassis.settling:_timer_write", no_tombstone,
              tests("test_timer_entries",
                    "test_a_cancelled_timer_leaves_a_tombstone_that_an_older_setting_cannot_raise")),
    Mechanism("last word on a timer", "chassis.entries:_last_words", lambda _: list,
              tests("test_timer_entries", "test_within_one_write_the_last_word_on_a_timer_counts")),
    Mechanism("tasks' version", "chassis.work.board:task_write", newest_word_wins,
              tests("test_task_board",
                    "test_an_older_word_on_the_tasks_never_overwrites_a_newer_one_and_a_repeated_one_changes_nothing",
                    "test_a_tombstone_is_not_raised_by_an_older_word")),
    Mechanism("only open tasks", "chassis.entries:open_tasks", all_tasks,
              tests("test_task_board",
                    "test_a_completed_task_leaves_the_list_and_the_last_one_leaves_a_tombstone")),
    Mechanism("last word on the tasks", "chassis.entries:_last_words", lambda _: list,
              tests("test_task_board", "test_within_one_write_the_last_word_on_the_tasks_counts")),
    Mechanism("rows on their way", "chassis.rows:Rows._at_the_aggregate", answering({}),
              tests("test_rows", "test_rows_on_their_way_are_seen_and_none_is_seen_twice",
                    "test_the_rows_of_the_create_stay_in_its_document_and_are_the_first")),
    Mechanism("only an outbox unwritten since is emptied", "chassis.settling:_emptied", emptied_at_any_version,
              tests("test_relay", "test_what_was_written_since_is_not_emptied_with_what_was_moved")),
    Mechanism("only what is settled is emptied", "chassis.relay:Relay._unknown", whole_all_the_same,
              tests("test_relay", "test_what_could_not_be_settled_is_left_to_the_sweeper_by_the_next_mark")),
    Mechanism("ring", "chassis.ring:find", answering(None),
              tests("test_store", "test_a_repeated_command_answers_again_without_a_second_effect")
              + tests("test_timers",
                      "test_three_replicas_and_one_paused_past_its_lease_fire_each_timer_with_one_effect")
              + tests("test_crashes", "test_no_crash_point_loses_doubles_or_invents_anything")),
    Mechanism("fingerprint", "chassis.ring:find", first_match,
              tests("test_store", "test_the_same_key_with_another_request_is_refused")),
    Mechanism("ring's length", "chassis.ring:RING_LENGTH", constant(1_000),
              tests("test_store", "test_a_create_is_remembered_when_the_ring_has_forgotten")),
    Mechanism("ring's age", "chassis.ring:RING_AGE", constant(timedelta(days=3)),
              tests("test_ring", "test_a_mark_is_kept_for_a_day_and_not_longer")),
    Mechanism("version filter", "chassis.store:Aggregates._write", unfiltered_write,
              tests("test_store", "test_two_writers_lose_none_of_their_changes_and_versions_have_no_gap",
                    "test_the_loser_of_a_race_decides_again_on_the_new_state_with_the_same_time")),
    Mechanism("born", "chassis.store:Aggregates._born_before", always_born,
              tests("test_store", "test_a_create_by_another_command_finds_the_id_taken",
                    "test_a_create_by_the_same_key_with_another_request_is_refused")),
    Mechanism("budget", "chassis.store:BUDGET_BYTES", constant(10**9),
              tests("test_store", "test_a_state_over_its_budget_is_refused_by_name")),
    Mechanism("reach", "chassis.store:_filter", by_id,
              tests("test_reach", "test_who_sees_nothing_of_a_thing_does_not_find_it",
                    "test_who_sees_it_without_the_grant_is_told_that_it_is_not_permitted")),
    Mechanism("if-match", "chassis.store:Aggregates.change", without_if_match,
              tests("test_reach", "test_if_match_lets_the_present_version_pass_and_no_other")),
    Mechanism("shared errors", "chassis.inserts:share_out", lambda _: lambda _, length: [None] * length,
              tests("test_inserts", "test_of_fifty_creates_together_only_the_duplicate_is_refused",
                    "test_a_write_that_no_majority_confirmed_counts_as_an_outage_and_not_as_done")),
    Mechanism("timer's lease", "chassis.timers:LEASE", constant(timedelta(0)),
              tests("test_timers", "test_a_timer_claimed_by_one_replica_is_not_claimed_by_another",
                    "test_a_firing_that_failed_is_tried_again_when_its_lease_ends")),
    Mechanism("order of firing", "chassis.timers:Timers._claim", backwards,
              tests("test_timers", "test_after_an_outage_timers_fire_in_the_order_in_which_they_were_due")),
    Mechanism("passing refusals", "chassis.store:Contended.passing", constant(False),
              tests("test_timers", "test_a_firing_that_could_not_be_decided_now_stays_due")
              + tests("test_hearing", "test_a_race_lost_to_others_is_tried_again")),
    Mechanism("copy's sequence", "chassis.copies:Copies.keep", latest_arrival,
              tests("test_hearing",
                    "test_in_whatever_order_and_however_often_states_come_the_copy_keeps_the_latest")),
    Mechanism("retry ladder", "chassis.bus:Inbox._again", dead_at_once,
              tests("test_hearing", "test_each_failure_sends_a_message_to_the_next_delay")
              + tests("test_dead_letters", "test_a_message_comes_back_from_each_delay_until_it_succeeds")),
    Mechanism("dead letters", "chassis.bus:Inbox._verdict", never_dead,
              tests("test_hearing", "test_a_refusal_goes_to_the_dead_letters_at_once")
              + tests("test_dead_letters", "test_after_the_last_delay_it_lies_with_the_dead_letters_and_says_why")),
    Mechanism("pause without database", "chassis.bus:AWAY", constant(()),
              tests("test_hearing", "test_while_the_database_is_away_a_message_waits_and_is_no_failure")),
    Mechanism("event's sender", "chassis.bus:Inbox._read", every_sender,
              tests("test_hearing",
                    "test_what_is_malformed_or_from_a_stranger_goes_to_the_dead_letters_at_once")),
    Mechanism("replay is not acted upon", "chassis.bus:Inbox._read", nothing_replayed,
              tests("test_hearing", "test_a_replayed_event_is_copied_and_not_acted_upon")),
    Mechanism("what was said", "chassis.store:Aggregates._said", answering({}),
              tests("test_replay", "test_a_wiped_copy_is_rebuilt_byte_for_byte")),
    Mechanism("request's sender", "chassis.transport:Requests.take", from_gateway,
              tests("test_wire", "test_a_request_that_the_gateway_did_not_send_is_refused"), hosted=True),
    Mechanism("assertion's claims", "joserfc.jwt:JWTClaimsRegistry.validate", answering(None),
              tests("test_identity", "test_an_assertion_with_a_wrong_claim_proves_nothing")),
    Mechanism("assertion's end", "chassis.identity:Assertions._verified", kept_for_ever,
              tests("test_identity", "test_a_kept_assertion_ends_with_its_expiry")),
    Mechanism("journal's entries moved", "chassis.settling:Settling._store_journal", answering(None),
              tests("test_journal", "test_a_journal_that_nobody_touched_is_whole")),
    Mechanism("journal entry's hash", "decalog.journal_chain:sound", every_hash_right,
              tests("test_journal", "test_an_edited_entry_is_named", "test_reordered_entries_are_named")),
    Mechanism("journal's links", "decalog.journal_chain:Chain._unlinked", answering(None),
              tests("test_journal", "test_an_edited_entry_with_a_hash_that_fits_is_named")),
    Mechanism("journal's state as read", "decalog.journal_chain:Chain._gap", answering(None),
              tests("test_journal", "test_an_edited_state_stays_known_when_the_next_write_has_replaced_it")
              + tests("test_journal_introduced", "test_it_stays_a_finding_when_the_next_write_is_journaled_again")),
    Mechanism("journal's head", "decalog.journal_chain:Chain._end", answering(None),
              tests("test_journal", "test_a_truncated_tail_is_named", "test_an_edited_state_is_named")),
    Mechanism("journal's anchors", "decalog.journal_check:_Verification._proven_anchors", answering([]),
              tests("test_journal", "test_an_aggregate_removed_with_its_journal_shows_by_the_anchor",
                    "test_a_document_set_back_with_its_journal_shows_by_the_anchor",
                    "test_a_chain_written_anew_with_its_document_shows_by_the_anchor")),
    Mechanism("anchor's root", "decalog.journal_check:_Verification._proves", answering(True),
              tests("test_anchors", "test_leaves_that_were_changed_do_not_give_the_root_that_is_kept_elsewhere")),
    Mechanism("journal looked at again", "decalog.journal_check:_Verification._again", suspected_at_once,
              tests("test_journal", "test_what_is_written_while_verify_reads_is_no_finding")),
    Mechanism("journal's adoption", "chassis.anchors:_adopt", answering(None),
              tests("test_journal_introduced",
                    "test_the_first_two_anchors_adopt_what_older_replicas_wrote_and_it_is_protected_then")),
    Mechanism("refused calls counted", "chassis.refused_calls:RefusedCalls.note", answering(None),
              tests("test_refused_calls",
                    "test_messages_past_the_gateway_are_refused_and_journaled_over_the_real_broker"), hosted=True),
    Mechanism("refused calls once a minute", "chassis.refused_calls:AGAIN_SECONDS", constant(0.0),
              tests("test_refused_calls", "test_within_a_minute_a_kind_is_written_once_and_none_is_lost")),
    Mechanism("refused calls as others", "chassis.refused_calls:_other", itself,
              tests("test_refused_calls", "test_a_flood_of_many_kinds_is_written_as_others")),
    Mechanism("drain", "chassis.link:Link.cancel", answering(None),
              tests("test_drain", "test_a_stopping_replica_finishes_what_it_began_and_the_other_takes_the_rest"),
              hosted=True),
    Mechanism("simulation's mark", "chassis.simulation:_unused", answering(True),
              tests("test_simulation", "test_a_stepped_clock_is_refused_on_a_database_that_was_used")),
)  # fmt: skip
