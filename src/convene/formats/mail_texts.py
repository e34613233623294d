"""What mail about meetings says, in the languages of the public pages. A text missing in one is an error in the tests."""

from __future__ import annotations

from collections.abc import Mapping

from convene.core.local_dates import LANGUAGES

_ORDER = ("en", "de", "fr", "es", "nl")
# `subject_*` and `intro_*` go with the kinds of `formats.booking_mail`.
_TABLE: dict[str, tuple[str, str, str, str, str]] = {
    "subject_booked": ("Invitation: {title}, {when}", "Einladung: {title}, {when}", "Invitation : {title}, {when}", "Invitación: {title}, {when}", "Uitnodiging: {title}, {when}"),
    "subject_moved": ("Moved: {title}, now {when}", "Verschoben: {title}, jetzt {when}", "Déplacé : {title}, désormais {when}", "Cambio de hora: {title}, ahora {when}", "Verplaatst: {title}, nu {when}"),
    "subject_updated": ("Updated: {title}, {when}", "Geändert: {title}, {when}", "Modifié : {title}, {when}", "Actualizada: {title}, {when}", "Gewijzigd: {title}, {when}"),
    "subject_cancelled": ("Cancelled: {title}, {when}", "Abgesagt: {title}, {when}", "Annulé : {title}, {when}", "Cancelada: {title}, {when}", "Geannuleerd: {title}, {when}"),
    "subject_requested": ("Requested: {title}, {when}", "Angefragt: {title}, {when}", "Demandé : {title}, {when}", "Solicitada: {title}, {when}", "Aangevraagd: {title}, {when}"),
    "subject_declined": ("Declined: {title}, {when}", "Abgelehnt: {title}, {when}", "Refusé : {title}, {when}", "Rechazada: {title}, {when}", "Afgewezen: {title}, {when}"),
    "subject_unanswered": ("Not confirmed: {title}, {when}", "Nicht bestätigt: {title}, {when}", "Non confirmé : {title}, {when}", "Sin confirmar: {title}, {when}", "Niet bevestigd: {title}, {when}"),
    "subject_withdrawn": ("Withdrawn: {title}, {when}", "Zurückgezogen: {title}, {when}", "Retirée : {title}, {when}", "Retirada: {title}, {when}", "Ingetrokken: {title}, {when}"),
    "subject_offered": ("Free for you: {title}, {when}", "Für Sie frei: {title}, {when}", "Libre pour vous : {title}, {when}", "Libre para usted: {title}, {when}", "Vrij voor u: {title}, {when}"),
    "subject_counter_declined": ("Stays as it is: {title}, {when}", "Bleibt, wie er ist: {title}, {when}", "Reste tel quel : {title}, {when}", "Se mantiene: {title}, {when}", "Blijft zoals het is: {title}, {when}"),
    "intro_booked": ("Your meeting is booked.", "Ihr Termin ist gebucht.", "Votre rendez-vous est réservé.", "Su reunión está reservada.", "Uw afspraak is geboekt."),
    "intro_moved": ("The meeting was moved. It was planned for {before}.", "Der Termin wurde verschoben. Er war geplant für {before}.", "Le rendez-vous a été déplacé. Il était prévu le {before}.", "La reunión se ha cambiado de hora. Estaba prevista para el {before}.", "De afspraak is verplaatst. Die was gepland op {before}."),
    "intro_updated": ("The details of this meeting have changed; its time has not.", "Die Angaben zu diesem Termin haben sich geändert, die Zeit nicht.", "Les détails de ce rendez-vous ont changé ; l’horaire reste le même.", "Los detalles de esta reunión han cambiado; la hora sigue igual.", "De gegevens van deze afspraak zijn gewijzigd; de tijd niet."),
    "intro_cancelled": ("This meeting is cancelled for you.", "Dieser Termin ist für Sie abgesagt.", "Ce rendez-vous est annulé pour vous.", "Esta reunión se ha cancelado para usted.", "Deze afspraak is voor u geannuleerd."),
    "intro_requested": ("You have asked for this time. It is held for you until it is answered, at the latest on {answer_by}.", "Sie haben diese Zeit angefragt. Sie ist für Sie reserviert, bis es eine Antwort gibt, spätestens am {answer_by}.", "Vous avez demandé cet horaire. Il vous est réservé jusqu’à la réponse, au plus tard le {answer_by}.", "Ha solicitado esta hora. Se le reserva hasta que haya respuesta, a más tardar el {answer_by}.", "U hebt deze tijd aangevraagd. Hij wordt vastgehouden tot er antwoord is, uiterlijk {answer_by}."),
    "intro_declined": ("Your request was declined. Nothing was booked.", "Ihre Anfrage wurde abgelehnt. Es wurde nichts gebucht.", "Votre demande a été refusée. Rien n’a été réservé.", "Su solicitud se ha rechazado. No se ha reservado nada.", "Uw aanvraag is afgewezen. Er is niets geboekt."),
    "intro_unanswered": ("Nobody answered your request in time. Nothing was booked.", "Ihre Anfrage wurde nicht rechtzeitig beantwortet. Es wurde nichts gebucht.", "Personne n’a répondu à temps à votre demande. Rien n’a été réservé.", "Nadie respondió a tiempo a su solicitud. No se ha reservado nada.", "Niemand heeft op tijd op uw aanvraag geantwoord. Er is niets geboekt."),
    "intro_withdrawn": ("Your request is withdrawn. Nothing was booked.", "Ihre Anfrage ist zurückgezogen. Es wurde nichts gebucht.", "Votre demande est retirée. Rien n’a été réservé.", "Su solicitud se ha retirado. No se ha reservado nada.", "Uw aanvraag is ingetrokken. Er is niets geboekt."),
    "intro_offered": ("The time that you wait for is free, and held for you until {until}. After that it is offered to the next.", "Die Zeit, auf die Sie warten, ist frei und bis {until} für Sie reserviert. Danach wird sie der nächsten Person angeboten.", "L’horaire que vous attendez est libre et vous est réservé jusqu’au {until}. Ensuite, il est proposé à la personne suivante.", "La hora que espera está libre y se le reserva hasta el {until}. Después se ofrece a la siguiente persona.", "De tijd waarop u wacht is vrij en wordt tot {until} voor u vastgehouden. Daarna wordt hij aan de volgende aangeboden."),
    "intro_counter_declined": ("The time that you proposed does not suit. The meeting stays when it is.", "Die von Ihnen vorgeschlagene Zeit passt nicht. Der Termin bleibt, wann er ist.", "L’horaire que vous avez proposé ne convient pas. Le rendez-vous reste tel qu’il est.", "La hora que propuso no va bien. La reunión se queda cuando está.", "De tijd die u voorstelde past niet. De afspraak blijft staan."),
    "colon": (":", ":", "\u00a0:", ":", ":"),
    "when": ("When", "Wann", "Quand", "Cuándo", "Wanneer"),
    "where": ("Where", "Wo", "Où", "Dónde", "Waar"),
    "with": ("With", "Mit", "Avec", "Con", "Met"),
    "join": ("Join", "Teilnehmen", "Rejoindre", "Unirse", "Deelnemen"),
    "reason": ("Reason", "Grund", "Motif", "Motivo", "Reden"),
    "manage": ("Move or cancel", "Verschieben oder absagen", "Déplacer ou annuler", "Mover o cancelar", "Verplaatsen of annuleren"),
    "look": ("Look at it", "Ansehen", "Voir", "Verla", "Bekijken"),
    "take": ("Take this time", "Diese Zeit nehmen", "Prendre cet horaire", "Tomar esta hora", "Deze tijd nemen"),
    "private": ("This mail is for you alone: whoever has its link can change the meeting.", "Diese Mail ist nur für Sie: wer den Link hat, kann den Termin ändern.", "Ce message est pour vous seul : quiconque a le lien peut modifier le rendez-vous.", "Este correo es solo para usted: quien tenga el enlace puede cambiar la reunión.", "Deze mail is alleen voor u: wie de link heeft, kan de afspraak wijzigen."),
    "from_name": ("{name} via Convene", "{name} über Convene", "{name} via Convene", "{name} vía Convene", "{name} via Convene"),
}  # fmt: skip

TEXTS: Mapping[str, Mapping[str, str]] = {
    language: {name: row[at] for name, row in _TABLE.items()} for at, language in enumerate(_ORDER)
}
assert set(_ORDER) == set(LANGUAGES)
