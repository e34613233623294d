"""What the public booking pages say, in five languages. A text missing in one language is an error in the tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convene.core.local_dates import LANGUAGES

__all__ = ["LANGUAGES", "TEXTS", "Texts"]

_ORDER = ("en", "de", "fr", "es", "nl")
_TABLE: dict[str, tuple[str, str, str, str, str]] = {
    "minutes": ("{n} min", "{n} Min.", "{n} min", "{n} min", "{n} min"),
    "hours": ("{n} h", "{n} Std.", "{n} h", "{n} h", "{n} uur"),
    "video": ("Video call", "Videoanruf", "Appel vidéo", "Videollamada", "Videogesprek"),
    "with": ("with {names}", "mit {names}", "avec {names}", "con {names}", "met {names}"),
    "and": ("and", "und", "et", "y", "en"),
    "anyone_of": ("one of several people", "eine von mehreren Personen", "une personne parmi plusieurs", "una de varias personas", "een van meerdere mensen"),
    "meetings": ("{n} meetings", "{n} Termine", "{n} rendez-vous", "{n} reuniones", "{n} afspraken"),
    "times_in": ("Times are shown in", "Zeiten gelten für", "Heures affichées pour", "Horas mostradas en", "Tijden worden getoond in"),
    "your_zone": ("Your time zone", "Ihre Zeitzone", "Votre fuseau horaire", "Su zona horaria", "Uw tijdzone"),
    "clock": ("Clock", "Uhr", "Horloge", "Reloj", "Klok"),
    "hour_12": ("12 h", "12 Std.", "12 h", "12 h", "12 u"),
    "hour_24": ("24 h", "24 Std.", "24 h", "24 h", "24 u"),
    "apply": ("Apply", "Anwenden", "Appliquer", "Aplicar", "Toepassen"),
    "pick_day": ("Pick a day", "Wählen Sie einen Tag", "Choisissez un jour", "Elija un día", "Kies een dag"),
    "pick_time": ("Pick a time", "Wählen Sie eine Zeit", "Choisissez une heure", "Elija una hora", "Kies een tijd"),
    "other_days": ("Other days", "Andere Tage", "Autres jours", "Otros días", "Andere dagen"),
    "other_times": ("Other times", "Andere Zeiten", "Autres heures", "Otras horas", "Andere tijden"),
    "previous_month": ("Previous month", "Voriger Monat", "Mois précédent", "Mes anterior", "Vorige maand"),
    "next_month": ("Next month", "Nächster Monat", "Mois suivant", "Mes siguiente", "Volgende maand"),
    "one_time": ("1 time", "1 Termin", "1 horaire", "1 hora", "1 tijd"),
    "n_times": ("{n} times", "{n} Termine", "{n} horaires", "{n} horas", "{n} tijden"),
    "no_times_day": ("no times", "keine Termine", "aucun horaire", "sin horas", "geen tijden"),
    "host_time": ("{time} in {city}", "{time} in {city}", "{time} à {city}", "{time} en {city}", "{time} in {city}"),
    "your_details": ("Your details", "Ihre Angaben", "Vos coordonnées", "Sus datos", "Uw gegevens"),
    "name": ("Name", "Name", "Nom", "Nombre", "Naam"),
    "email": ("E-mail", "E-Mail", "E-mail", "Correo electrónico", "E-mail"),
    "book": ("Book", "Buchen", "Réserver", "Reservar", "Boeken"),
    "no_time_suits": ("No time suits?", "Passt keine Zeit?", "Aucun horaire ne convient ?", "¿Ninguna hora le conviene?", "Past geen enkele tijd?"),
    "suggest": ("Suggest another", "Andere vorschlagen", "En proposer un autre", "Proponer otra", "Stel een andere voor"),
    "suggest_label": ("When would suit you?", "Wann würde es Ihnen passen?", "Quand seriez-vous disponible ?", "¿Cuándo le vendría bien?", "Wanneer komt het u uit?"),
    "send": ("Send", "Senden", "Envoyer", "Enviar", "Versturen"),
    "suggest_thanks": ("Thank you. They have been told that no time suits you.", "Danke. Es wurde mitgeteilt, dass Ihnen keine Zeit passt.", "Merci. Nous avons signalé qu’aucun horaire ne vous convient.", "Gracias. Se ha comunicado que ninguna hora le conviene.", "Dank u. Er is doorgegeven dat geen enkele tijd u past."),
    "back": ("Back", "Zurück", "Retour", "Volver", "Terug"),
    "all_gone": ("No times are left", "Keine Zeiten mehr frei", "Plus aucun horaire disponible", "No quedan horas", "Geen tijden meer"),
    "all_gone_text": ("Every time of this link is taken or past. Ask whoever sent it to you for a new one.", "Alle Zeiten dieses Links sind vergeben oder vorbei. Bitten Sie die Person, die ihn geschickt hat, um einen neuen.", "Tous les horaires de ce lien sont pris ou passés. Demandez-en un nouveau à la personne qui vous l’a envoyé.", "Todas las horas de este enlace están ocupadas o han pasado. Pida uno nuevo a quien se lo envió.", "Alle tijden van deze link zijn bezet of voorbij. Vraag de afzender om een nieuwe."),
    "none_this_month": ("No times this month.", "Keine Zeiten in diesem Monat.", "Aucun horaire ce mois-ci.", "No hay horas este mes.", "Geen tijden deze maand."),
    "expired": ("This link has expired", "Dieser Link ist abgelaufen", "Ce lien a expiré", "Este enlace ha caducado", "Deze link is verlopen"),
    "expired_text": ("Ask whoever sent it to you for a new one.", "Bitten Sie die Person, die ihn geschickt hat, um einen neuen.", "Demandez-en un nouveau à la personne qui vous l’a envoyé.", "Pida uno nuevo a quien se lo envió.", "Vraag de afzender om een nieuwe."),
    "disabled": ("This link takes no bookings any more", "Über diesen Link kann nicht mehr gebucht werden", "Ce lien n’accepte plus de réservations", "Este enlace ya no admite reservas", "Via deze link kan niet meer worden geboekt"),
    "used_up": ("Everything is booked", "Alles ist ausgebucht", "Tout est réservé", "Todo está reservado", "Alles is volgeboekt"),
    "not_yet_open": ("Booking has not opened yet", "Die Buchung ist noch nicht geöffnet", "Les réservations ne sont pas encore ouvertes", "Las reservas aún no están abiertas", "Boeken kan nog niet"),
    "not_yet_open_text": ("It opens on {when}.", "Sie öffnet am {when}.", "Ouverture le {when}.", "Se abren el {when}.", "Het gaat open op {when}."),
    "unknown": ("This link does not work", "Dieser Link funktioniert nicht", "Ce lien ne fonctionne pas", "Este enlace no funciona", "Deze link werkt niet"),
    "unknown_text": ("Check that the whole address was copied, or ask whoever sent it to you.", "Prüfen Sie, ob die ganze Adresse kopiert wurde, oder fragen Sie die Person, die sie geschickt hat.", "Vérifiez que l’adresse a été copiée en entier ou demandez à la personne qui vous l’a envoyée.", "Compruebe que ha copiado la dirección completa o pregunte a quien se la envió.", "Controleer of het hele adres is gekopieerd, of vraag het de afzender."),
    "too_many": ("Too many visits in a short time", "Zu viele Aufrufe in kurzer Zeit", "Trop de visites en peu de temps", "Demasiadas visitas en poco tiempo", "Te veel bezoeken in korte tijd"),
    "too_many_text": ("Wait {n} seconds, then open the page again.", "Warten Sie {n} Sekunden und öffnen Sie die Seite dann erneut.", "Attendez {n} secondes, puis rouvrez la page.", "Espere {n} segundos y vuelva a abrir la página.", "Wacht {n} seconden en open de pagina opnieuw."),
    "too_many_soon": ("Wait a moment, then open the page again.", "Warten Sie einen Moment und öffnen Sie die Seite dann erneut.", "Patientez un instant, puis rouvrez la page.", "Espere un momento y vuelva a abrir la página.", "Wacht even en open de pagina opnieuw."),
    "busy_text": ("Many people are booking at this moment. Nothing was booked; press the button again.", "Im Moment buchen viele. Es wurde nichts gebucht; drücken Sie die Taste erneut.", "Beaucoup de personnes réservent en ce moment. Rien n’a été réservé ; appuyez à nouveau.", "Mucha gente está reservando ahora. No se ha reservado nada; pulse de nuevo.", "Er boeken nu veel mensen. Er is niets geboekt; druk opnieuw op de knop."),
    "try_again": ("This does not work right now", "Das geht im Moment nicht", "Ce n’est pas possible pour l’instant", "Ahora mismo no es posible", "Dit lukt nu even niet"),
    "try_again_text": ("Nothing was changed. Wait a moment, then go back and try again.", "Es wurde nichts geändert. Warten Sie einen Moment, gehen Sie zurück und versuchen Sie es erneut.", "Rien n’a été modifié. Patientez un instant, puis revenez en arrière et réessayez.", "No se ha cambiado nada. Espere un momento, vuelva atrás e inténtelo de nuevo.", "Er is niets gewijzigd. Wacht even, ga terug en probeer het opnieuw."),
    "just_taken": ("That time was just taken", "Diese Zeit wurde gerade vergeben", "Cet horaire vient d’être pris", "Esa hora se acaba de ocupar", "Die tijd is zojuist bezet"),
    "just_taken_text": ("Nothing was booked. These are the nearest times; one press books it.", "Es wurde nichts gebucht. Dies sind die nächsten freien Zeiten; ein Druck bucht sie.", "Rien n’a été réservé. Voici les horaires les plus proches ; un appui suffit pour réserver.", "No se ha reservado nada. Estas son las horas más próximas; una pulsación la reserva.", "Er is niets geboekt. Dit zijn de dichtstbijzijnde tijden; één druk boekt hem."),
    "just_taken_none": ("Nothing was booked, and nothing near it is free.", "Es wurde nichts gebucht, und in der Nähe ist nichts frei.", "Rien n’a été réservé et aucun horaire proche n’est libre.", "No se ha reservado nada y no hay horas libres cercanas.", "Er is niets geboekt en er is niets in de buurt vrij."),
    "booked": ("You are booked", "Ihr Termin ist gebucht", "C’est réservé", "Su reserva está hecha", "U bent geboekt"),
    "moved": ("Your meeting was moved", "Ihr Termin wurde verschoben", "Votre rendez-vous a été déplacé", "Su reunión se ha movido", "Uw afspraak is verplaatst"),
    "is_cancelled": ("This meeting was cancelled", "Dieser Termin wurde abgesagt", "Ce rendez-vous a été annulé", "Esta reunión se ha cancelado", "Deze afspraak is geannuleerd"),
    "is_over": ("This meeting is over", "Dieser Termin ist vorbei", "Ce rendez-vous est passé", "Esta reunión ya ha pasado", "Deze afspraak is voorbij"),
    "your_meeting": ("Your meeting", "Ihr Termin", "Votre rendez-vous", "Su reunión", "Uw afspraak"),
    "when": ("When", "Wann", "Quand", "Cuándo", "Wanneer"),
    "where": ("Where", "Wo", "Où", "Dónde", "Waar"),
    "who": ("Who", "Wer", "Qui", "Quién", "Wie"),
    "before": ("Before", "Vorher", "Avant", "Antes", "Eerder"),
    "reason": ("Reason", "Grund", "Motif", "Motivo", "Reden"),
    "join": ("Join the video call", "Am Videoanruf teilnehmen", "Rejoindre l’appel vidéo", "Unirse a la videollamada", "Deelnemen aan het videogesprek"),
    "add_to_calendar": ("Add to calendar", "In den Kalender", "Ajouter au calendrier", "Añadir al calendario", "Toevoegen aan agenda"),
    "ics": ("Calendar file (.ics)", "Kalenderdatei (.ics)", "Fichier calendrier (.ics)", "Archivo de calendario (.ics)", "Agendabestand (.ics)"),
    "reschedule": ("Reschedule", "Verschieben", "Déplacer", "Cambiar la hora", "Verplaatsen"),
    "cancel": ("Cancel meeting", "Termin absagen", "Annuler le rendez-vous", "Cancelar la reunión", "Afspraak annuleren"),
    "keep": ("Keep it", "Behalten", "Le conserver", "Mantenerla", "Behouden"),
    "cancel_question": ("Cancel this meeting?", "Diesen Termin absagen?", "Annuler ce rendez-vous ?", "¿Cancelar esta reunión?", "Deze afspraak annuleren?"),
    "cancel_reason": ("Reason (others will read it)", "Grund (die anderen lesen ihn)", "Motif (les autres le liront)", "Motivo (los demás lo leerán)", "Reden (de anderen lezen die)"),
    "move_to": ("Move the meeting", "Termin verschieben", "Déplacer le rendez-vous", "Mover la reunión", "Afspraak verplaatsen"),
    "move_question": ("Move the meeting to this time?", "Den Termin auf diese Zeit verschieben?", "Déplacer le rendez-vous à cet horaire ?", "¿Mover la reunión a esta hora?", "De afspraak naar deze tijd verplaatsen?"),
    "move_heading": ("Pick another time", "Wählen Sie eine andere Zeit", "Choisissez un autre horaire", "Elija otra hora", "Kies een andere tijd"),
    "stale": ("The meeting has changed since you opened the page. This is how it is now.", "Der Termin hat sich geändert, seit Sie die Seite geöffnet haben. So ist er jetzt.", "Le rendez-vous a changé depuis l’ouverture de la page. Voici son état actuel.", "La reunión ha cambiado desde que abrió la página. Así está ahora.", "De afspraak is gewijzigd sinds u de pagina opende. Zo is hij nu."),
    "keep_page": ("Keep this page's address: with it you can change or cancel the meeting.", "Heben Sie die Adresse dieser Seite auf: damit können Sie den Termin ändern oder absagen.", "Conservez l’adresse de cette page : elle permet de modifier ou d’annuler le rendez-vous.", "Guarde la dirección de esta página: con ella puede cambiar o cancelar la reunión.", "Bewaar het adres van deze pagina: daarmee kunt u de afspraak wijzigen of annuleren."),
    "continue": ("Continue", "Weiter", "Continuer", "Continuar", "Verder"),
    "name_missing": ("Enter your name.", "Geben Sie Ihren Namen ein.", "Indiquez votre nom.", "Escriba su nombre.", "Vul uw naam in."),
    "name_wrong": ("The name has characters that cannot be used.", "Der Name enthält Zeichen, die nicht erlaubt sind.", "Le nom contient des caractères non autorisés.", "El nombre contiene caracteres que no se pueden usar.", "De naam bevat tekens die niet mogen."),
    "email_missing": ("Enter an e-mail address such as ana@example.com.", "Geben Sie eine E-Mail-Adresse wie ana@example.com ein.", "Indiquez une adresse e-mail comme ana@example.com.", "Escriba una dirección de correo como ana@example.com.", "Vul een e-mailadres in, zoals ana@example.com."),
    "answer_missing": ("Answer this question.", "Beantworten Sie diese Frage.", "Répondez à cette question.", "Responda a esta pregunta.", "Beantwoord deze vraag."),
    "seats_left": ("{n} of {of} seats left", "{n} von {of} Plätzen frei", "{n} places libres sur {of}", "Quedan {n} de {of} plazas", "{n} van {of} plaatsen vrij"),
    "group": ("group of up to {n}", "Gruppe bis {n}", "groupe de {n} au plus", "grupo de hasta {n}", "groep tot {n}"),
    "seat_reschedule": ("Move my seat", "Platz verlegen", "Déplacer ma place", "Mover mi plaza", "Mijn plaats verplaatsen"),
    "seat_cancel": ("Cancel my seat", "Platz absagen", "Annuler ma place", "Cancelar mi plaza", "Mijn plaats annuleren"),
    "seat_cancel_question": ("Cancel your seat?", "Ihren Platz absagen?", "Annuler votre place ?", "¿Cancelar su plaza?", "Uw plaats annuleren?"),
    "seat_cancel_reason": ("Reason (the hosts will read it)", "Grund (die Gastgeber lesen ihn)", "Motif (les hôtes le liront)", "Motivo (lo leerán los anfitriones)", "Reden (de gastheren lezen die)"),
    "seat_only": ("Only your own seat is cancelled.", "Nur Ihr eigener Platz wird abgesagt.", "Seule votre place est annulée.", "Solo se cancela su plaza.", "Alleen uw eigen plaats wordt geannuleerd."),
    "seat_move_question": ("Move your seat to this time?", "Ihren Platz auf diese Zeit verlegen?", "Déplacer votre place à cet horaire ?", "¿Mover su plaza a esta hora?", "Uw plaats naar deze tijd verplaatsen?"),
    "seat_move_to": ("Move my seat", "Platz verlegen", "Déplacer ma place", "Mover mi plaza", "Mijn plaats verplaatsen"),
    "seat_moved": ("Your seat was moved", "Ihr Platz wurde verlegt", "Votre place a été déplacée", "Su plaza se ha movido", "Uw plaats is verplaatst"),
    "seat_cancelled": ("Your seat is cancelled", "Ihr Platz ist abgesagt", "Votre place est annulée", "Su plaza está cancelada", "Uw plaats is geannuleerd"),
    "how_often": ("How often?", "Wie oft?", "Combien de fois ?", "¿Cuántas veces?", "Hoe vaak?"),
    "once": ("Once", "Einmal", "Une fois", "Una vez", "Eén keer"),
    "times_weekly": ("{n} times, every week", "{n} Mal, jede Woche", "{n} fois, chaque semaine", "{n} veces, cada semana", "{n} keer, elke week"),
    "times_biweekly": ("{n} times, every two weeks", "{n} Mal, alle zwei Wochen", "{n} fois, toutes les deux semaines", "{n} veces, cada dos semanas", "{n} keer, om de twee weken"),
    "times_monthly": ("{n} times, every month", "{n} Mal, jeden Monat", "{n} fois, chaque mois", "{n} veces, cada mes", "{n} keer, elke maand"),
    "up_to_weekly": ("weekly, up to {n} times", "wöchentlich, bis {n} Mal", "chaque semaine, {n} fois au plus", "cada semana, hasta {n} veces", "wekelijks, tot {n} keer"),
    "up_to_biweekly": ("every two weeks, up to {n} times", "alle zwei Wochen, bis {n} Mal", "toutes les deux semaines, {n} fois au plus", "cada dos semanas, hasta {n} veces", "om de twee weken, tot {n} keer"),
    "up_to_monthly": ("monthly, up to {n} times", "monatlich, bis {n} Mal", "chaque mois, {n} fois au plus", "cada mes, hasta {n} veces", "maandelijks, tot {n} keer"),
    "show_dates": ("Show the dates", "Termine zeigen", "Afficher les dates", "Mostrar las fechas", "Toon de data"),
    "the_dates": ("The dates", "Die Termine", "Les dates", "Las fechas", "De data"),
    "dates_taken": ("Not free: {n}. Leave them out, or take another time on the day.", "Nicht frei: {n}. Lassen Sie sie aus oder nehmen Sie eine andere Zeit am Tag.", "Non disponibles : {n}. Passez-les ou prenez un autre horaire ce jour-là.", "No disponibles: {n}. Omítalas o elija otra hora ese día.", "Niet vrij: {n}. Sla ze over of kies een andere tijd op die dag."),
    "is_taken": ("is taken", "ist vergeben", "est pris", "está ocupada", "is bezet"),
    "skip_date": ("Skip this date", "Diesen Termin auslassen", "Passer cette date", "Omitir esta fecha", "Deze datum overslaan"),
    "series_changed": ("One of the dates was just taken. Nothing was booked; look at the dates again.", "Einer der Termine wurde gerade vergeben. Es wurde nichts gebucht; sehen Sie die Termine noch einmal an.", "L’une des dates vient d’être prise. Rien n’a été réservé ; revoyez les dates.", "Una de las fechas se acaba de ocupar. No se ha reservado nada; revise las fechas.", "Een van de data is zojuist bezet. Er is niets geboekt; bekijk de data opnieuw."),
    "series_cancel": ("Cancel all meetings", "Alle Termine absagen", "Annuler tous les rendez-vous", "Cancelar todas las reuniones", "Alle afspraken annuleren"),
    "series_cancel_question": ("Cancel these meetings?", "Diese Termine absagen?", "Annuler ces rendez-vous ?", "¿Cancelar estas reuniones?", "Deze afspraken annuleren?"),
    "series_keep": ("Keep them", "Behalten", "Les conserver", "Mantenerlas", "Behouden"),
    "one_move": ("Move", "Verschieben", "Déplacer", "Mover", "Verplaatsen"),
    "one_cancel": ("Cancel", "Absagen", "Annuler", "Cancelar", "Annuleren"),
    "one_following": ("Cancel this and all after it", "Diesen und alle späteren absagen", "Annuler celui-ci et les suivants", "Cancelar esta y las siguientes", "Deze en alle latere annuleren"),
    "optional": ("optional", "freiwillig", "facultatif", "opcional", "niet verplicht"),
    "choose": ("Choose", "Auswählen", "Choisir", "Elegir", "Kies"),
    "ask": ("Ask for this time", "Diese Zeit anfragen", "Demander cet horaire", "Solicitar esta hora", "Deze tijd aanvragen"),
    "asks_first": ("Each booking is confirmed by a person first. The time is held for you until then.", "Jede Buchung wird erst von einem Menschen bestätigt. Bis dahin ist die Zeit für Sie reserviert.", "Chaque réservation est d’abord confirmée par une personne. D’ici là, l’horaire vous est réservé.", "Una persona confirma antes cada reserva. Hasta entonces, la hora queda reservada para usted.", "Iedere boeking wordt eerst door een mens bevestigd. Tot dan is de tijd voor u gereserveerd."),
    "asked": ("Waiting for {names} to confirm", "Bestätigung von {names} steht aus", "En attente de confirmation par {names}", "A la espera de que {names} confirme", "Wachten op bevestiging door {names}"),
    "asked_anybody": ("Waiting for confirmation", "Bestätigung steht aus", "En attente de confirmation", "A la espera de confirmación", "Wachten op bevestiging"),
    "asked_text": ("The time is held for you. It is answered by {when} at the latest; this page says how.", "Die Zeit ist für Sie reserviert. Eine Antwort gibt es spätestens am {when}, auf dieser Seite.", "L’horaire vous est réservé. La réponse s’affichera sur cette page, au plus tard le {when}.", "La hora queda reservada para usted. La respuesta aparecerá en esta página, a más tardar el {when}.", "De tijd is voor u gereserveerd. Het antwoord staat uiterlijk {when} op deze pagina."),
    "is_confirmed": ("Your meeting is confirmed", "Ihr Termin ist bestätigt", "Votre rendez-vous est confirmé", "Su reunión está confirmada", "Uw afspraak is bevestigd"),
    "declined": ("This request was declined", "Diese Anfrage wurde abgelehnt", "Cette demande a été refusée", "Esta solicitud se ha rechazado", "Deze aanvraag is afgewezen"),
    "unanswered": ("Nobody answered in time", "Es kam keine rechtzeitige Antwort", "Personne n’a répondu à temps", "Nadie respondió a tiempo", "Niemand heeft op tijd geantwoord"),
    "declined_text": ("Nothing was booked.", "Es wurde nichts gebucht.", "Rien n’a été réservé.", "No se ha reservado nada.", "Er is niets geboekt."),
    "withdraw": ("Withdraw the request", "Anfrage zurückziehen", "Retirer la demande", "Retirar la solicitud", "Aanvraag intrekken"),
    "withdraw_question": ("Withdraw this request?", "Diese Anfrage zurückziehen?", "Retirer cette demande ?", "¿Retirar esta solicitud?", "Deze aanvraag intrekken?"),
    "wait_for": ("Taken · wait for it", "Vergeben · Warteliste", "Pris · liste d’attente", "Ocupada · lista de espera", "Bezet · wachtlijst"),
    "wait_heading": ("Join the waitlist", "Auf die Warteliste", "Rejoindre la liste d’attente", "Unirse a la lista de espera", "Op de wachtlijst"),
    "wait_text": ("This time is taken. Should it become free, it is offered to whoever has waited longest, and held for them for {n} minutes.", "Diese Zeit ist vergeben. Wird sie frei, wird sie der Person angeboten, die am längsten wartet, und {n} Minuten für sie reserviert.", "Cet horaire est pris. S’il se libère, il est proposé à la personne qui attend depuis le plus longtemps et lui est réservé {n} minutes.", "Esta hora está ocupada. Si queda libre, se ofrece a quien más tiempo lleva esperando y se le reserva {n} minutos.", "Deze tijd is bezet. Komt hij vrij, dan wordt hij aangeboden aan wie het langst wacht, en {n} minuten voor die persoon vastgehouden."),
    "wait_join": ("Join the waitlist", "Auf die Warteliste setzen", "Rejoindre la liste", "Unirme a la lista", "Op de wachtlijst zetten"),
    "wait_leave": ("Leave the waitlist", "Warteliste verlassen", "Quitter la liste d’attente", "Salir de la lista de espera", "Van de wachtlijst gaan"),
    "wait_keep": ("Keep this page's address: it tells when the time is free.", "Heben Sie die Adresse dieser Seite auf: hier steht, wenn die Zeit frei wird.", "Conservez l’adresse de cette page : elle indique quand l’horaire se libère.", "Guarde la dirección de esta página: indica cuándo queda libre la hora.", "Bewaar het adres van deze pagina: hier staat wanneer de tijd vrijkomt."),
    "wait_place": ("Your place in the list: {n}.", "Ihr Platz auf der Liste: {n}.", "Votre place dans la liste : {n}.", "Su puesto en la lista: {n}.", "Uw plaats op de lijst: {n}."),
    "wait_waiting": ("You are on the waitlist", "Sie stehen auf der Warteliste", "Vous êtes sur la liste d’attente", "Está en la lista de espera", "U staat op de wachtlijst"),
    "wait_offered": ("This time is free for you", "Diese Zeit ist für Sie frei", "Cet horaire est libre pour vous", "Esta hora está libre para usted", "Deze tijd is vrij voor u"),
    "wait_offered_text": ("It is held for you until {when}. After that it is offered to the next.", "Sie ist bis {when} für Sie reserviert. Danach wird sie der nächsten Person angeboten.", "Il vous est réservé jusqu’à {when}. Ensuite, il est proposé à la personne suivante.", "Se le reserva hasta las {when}. Después se ofrece a la siguiente persona.", "Hij wordt tot {when} voor u vastgehouden. Daarna wordt hij aan de volgende aangeboden."),
    "wait_booked": ("You have taken this time", "Sie haben diese Zeit genommen", "Vous avez pris cet horaire", "Ha tomado esta hora", "U hebt deze tijd genomen"),
    "wait_left": ("You have left the waitlist", "Sie haben die Warteliste verlassen", "Vous avez quitté la liste d’attente", "Ha salido de la lista de espera", "U bent van de wachtlijst gegaan"),
    "wait_missed": ("The time was offered to you and is no longer held", "Die Zeit war Ihnen angeboten und ist nicht mehr reserviert", "L’horaire vous a été proposé et n’est plus réservé", "La hora se le ofreció y ya no está reservada", "De tijd was u aangeboden en wordt niet meer vastgehouden"),
    "wait_over": ("The time has passed", "Die Zeit ist vorbei", "L’horaire est passé", "La hora ha pasado", "De tijd is voorbij"),
    "wait_full": ("Too many wait for this time already", "Auf diese Zeit warten schon zu viele", "Trop de personnes attendent déjà cet horaire", "Ya esperan demasiadas personas por esta hora", "Er wachten al te veel mensen op deze tijd"),
    "wait_full_text": ("Pick another time.", "Wählen Sie eine andere Zeit.", "Choisissez un autre horaire.", "Elija otra hora.", "Kies een andere tijd."),
    "wait_gone": ("This time is no longer free", "Diese Zeit ist nicht mehr frei", "Cet horaire n’est plus libre", "Esta hora ya no está libre", "Deze tijd is niet meer vrij"),
    "wait_gone_text": ("Something else has come up for your host. Nothing was booked.", "Bei Ihrer Gesprächsperson ist etwas dazwischengekommen. Es wurde nichts gebucht.", "Votre hôte a eu un empêchement. Rien n’a été réservé.", "A su anfitrión le ha surgido otra cosa. No se ha reservado nada.", "Er is bij uw gastheer iets tussengekomen. Er is niets geboekt."),
    "guest": ("Guest", "Gast", "Invité", "Invitado", "Gast"),
}  # fmt: skip


class Texts:
    """One language's texts as attributes of a template: `t.book`, `t("n_times", n=3)`."""

    def __init__(self, language: str) -> None:
        self._of: Mapping[str, str] = TEXTS[language]

    def __getattr__(self, name: str) -> str:
        try:
            return self._of[name]
        except KeyError:
            raise AttributeError(name) from None

    def __call__(self, name: str, **values: Any) -> str:
        return self._of[name].format(**values)


TEXTS: dict[str, dict[str, str]] = {
    language: {name: row[at] for name, row in _TABLE.items()} for at, language in enumerate(_ORDER)
}
