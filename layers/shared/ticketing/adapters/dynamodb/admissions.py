"""The log of admissions. Its rows are written once; a ticket changes with the row that says why.

A transaction is tried once: the caller reads the ticket again before the next try.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from ticketing.adapters.dynamodb.models import AdmissionRow, TicketRow, connection
from ticketing.adapters.dynamodb.retries import again, condition_failed, was_outrun
from ticketing.adapters.dynamodb.rows import read_as, write_as
from ticketing.doors.admission import Admission, Correction, Mark
from ticketing.doors.scan import LARGEST_SEQ, numbered
from ticketing.errors import TicketBusy
from ticketing.tickets.ticket import Ticket, TicketStatus

LAST = f"#{LARGEST_SEQ}"


class AdmissionLog:
    """The admissions of events, and the tickets that they use up."""

    def entry(self, event_id: str, scan: str) -> Admission | None:
        try:
            return _admission_from(AdmissionRow.get(event_id, scan, consistent_read=True))
        except DoesNotExist:
            return None

    def latest_correction(self, event_id: str, scan: str) -> Correction | None:
        """Return the last correction of a scan."""
        under = AdmissionRow.scan_id.startswith(f"{Mark.CORRECTION}{scan}{Mark.CORRECTION}")
        rows = AdmissionRow.query(
            event_id, under, consistent_read=True, scan_index_forward=False, limit=1
        )
        return next((read_as(Correction, row, scan_id=scan) for row in rows), None)

    def record(self, admission: Admission) -> bool:
        """Store an entry that changes no ticket; False if the scan has one already."""
        return _put_once(write_as(AdmissionRow, admission))

    def record_clone(self, admission: Admission) -> None:
        """Store another scan with a number that is taken, beside the first one."""
        key = f"{Mark.CLONE}{admission.scan_id}{Mark.CLONE}{admission.hash[:16]}"
        write_as(AdmissionRow, admission, scan_id=key).save()

    def admit(self, admission: Admission, ticket: Ticket) -> None:
        """Store an entry and take its places from the ticket, both or neither.

        Raises `TicketBusy` if the ticket is no longer valid or has another text, has too few
        places, or is being changed right now, and if the scan has an entry already.
        """
        self._admit(admission, ticket, write_as(AdmissionRow, admission))

    def accepted(self, event_id: str, scan: str) -> Admission | None:
        """Return what an operator counted of a revoked device's scan."""
        entry = self.entry(event_id, Mark.ACCEPTED + scan)
        return replace(entry, scan_id=scan) if entry else None

    def accept(self, admission: Admission, ticket: Ticket | None, by: str) -> None:
        """Store, beside a scan's own entry, what an operator counted of it, and take its places.

        Raises `TicketBusy` as `admit` does, and if the scan was accepted before.
        """
        key = Mark.ACCEPTED + admission.scan_id
        row = write_as(AdmissionRow, admission, scan_id=key, by=by)
        if ticket and admission.counted:
            self._admit(admission, ticket, row)
        elif not _put_once(row):
            raise TicketBusy(admission.ticket_id or f"of scan {admission.scan_id}")

    @staticmethod
    def _admit(admission: Admission, ticket: Ticket, row: AdmissionRow) -> None:
        left = TicketRow.left
        as_read: Condition = TicketRow.event_id == admission.event_id
        as_read &= (TicketRow.status == TicketStatus.VALID) & (TicketRow.qr_text == ticket.qr_text)
        has_room: Condition = left.does_not_exist() | (left >= admission.counted)
        with _one_try(ticket.ticket_id) as t:
            t.update(
                TicketRow(ticket.ticket_id),
                actions=[
                    left.set((left | ticket.admits) - admission.counted),
                    TicketRow.last_scan.set(admission.scan_id),
                ],
                condition=as_read & has_room,
            )
            t.save(row, AdmissionRow.scan_id.does_not_exist())

    def correct(self, admission: Admission, correction: Correction, ticket: Ticket) -> None:
        """Store an entry that corrects another, and give the ticket its places back.

        Raises `TicketBusy` if the other was corrected since it was read, if the ticket was issued
        anew and its places went with it, and as `admit` does.
        """
        left = TicketRow.left
        is_current: Condition = TicketRow.replaced_by.does_not_exist()
        with _one_try(ticket.ticket_id) as t:
            if admission.counted:
                room: Condition = left <= ticket.admits - admission.counted
                t.update(
                    TicketRow(ticket.ticket_id),
                    actions=[left.set(left + admission.counted)],
                    condition=room & is_current & (TicketRow.event_id == admission.event_id),
                )
            t.save(write_as(AdmissionRow, admission), AdmissionRow.scan_id.does_not_exist())
            t.save(_correction_row(correction), AdmissionRow.scan_id.does_not_exist())

    @staticmethod
    def of_device(event_id: str, device_id: str, after: int) -> Iterator[Admission]:
        """Yield the entries of a device beyond a number, by number."""
        first, last = numbered(device_id, after + 1), device_id + LAST
        if first <= last:
            for row in AdmissionRow.query(event_id, AdmissionRow.scan_id.between(first, last)):
                yield _admission_from(row)


@contextmanager
def _one_try(ticket_id: str) -> Iterator[TransactWrite]:
    """Commit what the block adds, once; raise `TicketBusy` if another writer was faster."""
    transaction = TransactWrite(connection=connection())
    yield transaction
    try:
        transaction._commit()  # noqa: SLF001  # the block above is the `with` body
    except TransactWriteError as error:
        if was_outrun(error):
            raise TicketBusy(ticket_id) from error
        raise


def _put_once(row: AdmissionRow) -> bool:
    """Store a row that changes no ticket; False if its key is taken."""
    try:
        again()(row.save, condition=AdmissionRow.scan_id.does_not_exist())
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def _admission_from(row: AdmissionRow) -> Admission:
    return read_as(Admission, row)


def _correction_row(correction: Correction) -> AdmissionRow:
    number = f"{correction.number:03d}"
    key = f"{Mark.CORRECTION}{correction.scan_id}{Mark.CORRECTION}{number}"
    return write_as(AdmissionRow, correction, scan_id=key)
