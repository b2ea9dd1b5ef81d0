"""How sure are h, v and the predictions?"""
